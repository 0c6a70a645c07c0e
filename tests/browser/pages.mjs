// Every page of the console, by name: looked at by axe in both colours and at two narrow widths.
const first = (path, address) => async (api) => address((await api("GET", path)).items[0]);

export const PAGES = {
  "sign-in": "/sign-in",
  orders: "/orders",
  order: first("/v1/orders?limit=1", (order) => `/orders/${order.id}`),
  account: "/account",
  settings: "/settings",
  "settings shop": "/settings/shop",
  "settings pipelines": "/settings/pipelines",
  "settings pipeline": "/settings/pipelines/orders",
  "settings employees": "/settings/employees",
  "settings employee": first("/v1/employees", (employee) => `/settings/employees/${employee.id}`),
  "settings documents": "/settings/documents",
  "settings numerator": "/settings/documents/numerators/new",
  "settings template": "/settings/documents/templates/new",
  "settings lists": "/settings/lists",
  "settings providers": "/settings/providers",
  "settings provider": "/settings/providers/new?plugin=rulewright.provider-twilio-sms",
  "settings accounts": "/settings/accounts",
  "settings account": first("/v1/accounts", (account) => `/settings/accounts/${account.id}`),
  "settings mailboxes": "/settings/mailboxes",
  "settings mailbox": "/settings/mailboxes/new",
  "settings tokens": "/settings/tokens",
  "settings webhooks": "/settings/webhooks",
  "settings applications": "/settings/applications",
};

/** The main screens, for the documentation. */
export const SCREENSHOTS = {
  orders: { path: "/orders" },
};
