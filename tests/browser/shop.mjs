// What checks begin with: pipelines, rules and orders of their own, so that none stands on another.

export const random = () => Math.random().toString(36).slice(2, 10);

/** A rule that writes a line into the order's history, or what `more` makes of it. */
export const rule = (name, more = {}) => ({ id: `r-${random()}`, name, plugin: "rulewright.write-to-log", settings: { text: "x" }, ...more });

/** Its id. `automation` is by stage, as the API has it. */
export async function pipeline(api, automation = {}, { published = true } = {}) {
  const id = `zz-${random()}`;
  const stages = [["new", "New", "open"], ["paid", "Paid", "open"], ["packed", "Packed", "open"], ["won", "Won", "won"]];
  await api("PUT", `/v1/pipelines/${id}`, { name: `Try ${id}`, kind: "order", stages: stages.map(([id, name, kind]) => ({ id, name, kind })) });
  await draft(api, id, automation, { published });
  return id;
}

export async function draft(api, pipeline, stages, { published = true } = {}) {
  await api("PUT", `/v1/pipelines/${pipeline}/automation`, { stages });
  if (published && Object.keys(stages).length > 0) await api("POST", `/v1/pipelines/${pipeline}/automation/publish`, {});
}

/** Its id. 84 euros, unless `more` says otherwise. */
export async function order(api, pipeline, more = {}) {
  const lines = [{ title: "Tea", quantity: "1", unit_price: { amount: "84.00", currency: "EUR" } }];
  const receipt = await api("POST", "/v1/orders", { pipeline, title: `Try ${random()}`, currency: "EUR", lines, ...more });
  return receipt.order;
}

/** The one run of an order, once it stands so. */
export async function run({ api, eventually }, order, state) {
  let runs = [];
  await eventually(async () => {
    runs = (await api("GET", `/v1/runs?order=${order}`)).items;
    return runs.length === 1 && runs[0].state === state;
  }, `${order} has one run, and it is ${state}`);
  return runs[0];
}

/** A run that has failed: nothing is left of the subject of its activity. */
export async function failed(tab) {
  const empty = rule("Fails always", { plugin: "rulewright.activity", settings: { subject: "{{ order.comments }}" } });
  return run(tab, await order(tab.api, await pipeline(tab.api, { new: { rules: [empty] } })), "failed");
}

/** The key of the newest message outward: as long as it stays, nothing was sent. */
export const sent = async (api) => (await api("GET", "/v1/deliveries?limit=1")).items[0]?.id ?? null;

/** Somebody of that role in a browser of their own. */
export async function somebody({ browser, page, open, api, base }, role) {
  const name = `Check ${random()}`;
  await open("/settings/accounts");
  await page.locator("#in-name").fill(name);
  await page.locator("#in-email").fill(`${random()}@shop.example`);
  await page.locator("#in-role").selectOption(role);
  await page.getByRole("button", { name: "Invite" }).click();
  const link = await page.locator("#once code").textContent();
  const account = (await api("GET", "/v1/accounts")).items.find((one) => one.name === name).id;
  const context = await browser.newContext({ locale: "en-GB" });
  const guest = await context.newPage();
  await guest.goto(link);
  await guest.waitForURL("**/orders**");
  return { context, page: guest, account, open: (path) => guest.goto(base + path) };
}
