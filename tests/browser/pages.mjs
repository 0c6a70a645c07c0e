// Every page of the console, by name: looked at by axe in both colours and at two narrow widths.
const first = (path, address) => async (api) => address((await api("GET", path)).items[0]);

export const PAGES = {
  "sign-in": "/sign-in",
  orders: "/orders",
  order: first("/v1/orders?limit=1", (order) => `/orders/${order.id}`),
  account: "/account",
  marketplace: "/marketplace",
  "marketplace plugin": "/marketplace/rulewright.send-sms",
  installs: "/installs",
  plugins: "/plugins",
  plugin: "/plugins/rulewright.send-sms",
  recipes: "/recipes",
  recipe: "/recipes/abandoned-payment",
};

/** The main screens, for the documentation. */
export const SCREENSHOTS = {
  orders: { path: "/orders" },
  marketplace: { path: "/marketplace" },
  plugin: { path: "/plugins/rulewright.send-sms" },
};
