// Every page of the console, by name: looked at by axe in both colours and at two narrow widths.
const first = (path, address) => async (api) => address((await api("GET", path)).items[0]);

export const PAGES = {
  "sign-in": "/sign-in",
  orders: "/orders",
  order: first("/v1/orders?limit=1", (order) => `/orders/${order.id}`),
  account: "/account",
  runs: "/runs",
  "runs, none": "/runs?from=2999-01-01",
  run: first("/v1/runs?state=done&limit=1", (run) => `/runs/${run.id}`),
  deliveries: "/deliveries",
  delivery: first("/v1/deliveries?limit=1", (message) => `/deliveries/${message.id}`),
  documents: "/documents",
  clients: "/clients",
  client: first("/v1/clients?limit=1", (client) => `/clients/${client.id}`),
  "client, edited": first("/v1/clients?limit=1", (client) => `/clients/${client.id}/edit`),
  audit: "/audit",
};

/** The main screens, for the documentation. */
export const SCREENSHOTS = {
  orders: { path: "/orders" },
  runs: { path: "/runs" },
  run: { path: first("/v1/runs?state=done&limit=1", (run) => `/runs/${run.id}`) },
  deliveries: { path: "/deliveries" },
};
