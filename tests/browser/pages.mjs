// Every page of the console, by name: looked at by axe in both colours, at two narrow widths, and in other languages.
const first = (path, address) => async (api) => address((await api("GET", path)).items[0]);

/** Of the published automation of orders, by its id. */
async function someRule(api) {
  const { stages } = await api("GET", "/v1/pipelines/orders/automation");
  return stages.new.rules[0].id;
}

export const PAGES = {
  "sign-in": "/sign-in",
  orders: "/orders",
  order: first("/v1/orders?limit=1", (order) => `/orders/${order.id}`),
  account: "/account",
  runs: "/runs",
  "runs, none": "/runs?from=2999-01-01",
  run: first("/v1/runs?state=done&limit=1", (run) => `/runs/${run.id}`),
  deliveries: "/deliveries",
  delivery: first("/v1/deliveries?channel=email&sort=oldest&limit=1", (message) => `/deliveries/${message.id}`),
  documents: "/documents",
  clients: "/clients",
  client: first("/v1/clients?limit=1", (client) => `/clients/${client.id}`),
  "client, edited": first("/v1/clients?limit=1", (client) => `/clients/${client.id}/edit`),
  audit: "/audit",
  health: "/health?range=30d",
  simulate: "/automation/orders/simulate",
  automation: "/automation/orders",
  "automation, a rule": async (api) => `/automation/orders/parts/${await someRule(api)}`,
  "automation, add": "/automation/orders/add?stage=new&kind=rule",
  "dry run": async (api) => `/automation/orders/dry-run?stage=shipped&published=on&order=${(await api("GET", "/v1/orders?pipeline=orders&limit=1")).items[0].number}`,
  history: "/automation/orders/history",
  revision: "/automation/orders/history/1",
  publish: "/automation/orders/publish",
  search: "/palette?q=order",
  help: "/help",
  "help, a code": "/help/other-key",
  "help, no such code": "/help/othr-key",
  marketplace: "/marketplace",
  "marketplace plugin": "/marketplace/rulewright.send-sms",
  installs: "/installs",
  plugins: "/plugins",
  plugin: "/plugins/rulewright.send-sms",
  "plugin fixture": "/plugins/rulewright.send-sms/fixture",
  recipes: "/recipes",
  recipe: "/recipes/abandoned-payment",
  settings: "/settings",
  "settings shop": "/settings/shop",
  "settings pipelines": "/settings/pipelines",
  "settings pipeline": "/settings/pipelines/orders",
  "settings employees": "/settings/employees",
  "settings employee": first("/v1/employees", (employee) => `/settings/employees/${employee.id}`),
  "settings documents": "/settings/documents",
  "settings numerator": "/settings/documents/numerators/new",
  "settings template": "/settings/documents/templates/new",
  "settings template, used": first("/v1/templates", (template) => `/settings/documents/templates/${template.name}`),
  "settings template, uploaded": "/settings/documents/files",
  "settings requisites": "/settings/requisites",
  "settings requisites, new": "/settings/requisites/new",
  "settings dictionaries": "/settings/dictionaries",
  "settings dictionary": "/settings/dictionaries/payment-systems",
  "settings statuses": "/settings/statuses",
  "settings lists": "/settings/lists",
  "settings list": "/settings/lists/new",
  "settings segment": "/settings/segments/new",
  "settings schedule": "/settings/schedules/new",
  "settings providers": "/settings/providers",
  "settings provider": "/settings/providers/new?plugin=rulewright.provider-twilio-sms",
  "settings accounts": "/settings/accounts",
  "settings account": first("/v1/accounts", (account) => `/settings/accounts/${account.id}`),
  "settings mailboxes": "/settings/mailboxes",
  "settings mailbox": "/settings/mailboxes/new",
  "settings tokens": "/settings/tokens",
  "settings webhooks": "/settings/webhooks",
  "settings applications": "/settings/applications",
  "settings halts": "/settings/halts",
};

/** Which place of the navigation a page belongs to; "" where to none. */
export function placeOf(address) {
  const [, first] = address.split(/[/?#]/);
  const within = { recipes: "marketplace", installs: "marketplace", audit: "settings" };
  return ["sign-in", "account", "palette", "help"].includes(first) ? "" : `/${within[first] ?? first}`;
}

/** The main screens, for the documentation. */
export const SCREENSHOTS = {
  orders: { path: "/orders" },
  order: { path: async (api) => `/orders/${(await api("GET", "/v1/orders?pipeline=orders&stage=shipped&limit=1")).items[0].id}` },
  automation: { path: async (api) => `/automation/orders/parts/${await someRule(api)}` },
  "dry-run": { path: PAGES["dry run"] },
  run: { path: first("/v1/runs?state=done&limit=1", (run) => `/runs/${run.id}`) },
  marketplace: { path: "/marketplace" },
};
