// What pages say where there is nothing, nothing that matches, nothing any more, or nothing for whoever asks.
import { draft, order, pipeline, rule, somebody } from "./shop.mjs";

/** Filters that nothing matches: the page, what it says, and where its way back leads. */
const NOTHING_MATCHES = [
  ["/orders?pipeline=orders&view=list&q=nothing-of-the-kind", "No orders match.", "/orders?pipeline=orders&view=list"],
  ["/runs?order=no-such-order", "No runs match.", "/runs"],
  ["/deliveries?order=no-such-order", "No messages match.", "/deliveries"],
  ["/documents?order=no-such-order", "No documents match.", "/documents"],
  ["/clients?q=nothing-of-the-kind", "No clients match.", "/clients"],
  ["/marketplace?q=nothing-of-the-kind", "", "/marketplace"],
  ["/plugins?q=nothing-of-the-kind", "", "/plugins"],
];

/** Addresses of what is not there, or is no address at all. */
const NOT_THERE = [
  "/orders/ord_999999999", "/orders/tea", "/runs/run_999999999", "/deliveries/msg_999999999", "/clients/cli_999999999",
  "/automation/no-such-pipeline", "/automation/orders/parts/no-such-rule", "/automation/orders/history/999", "/plugins/acme.none",
  "/marketplace/acme.none", "/recipes/none", "/settings/pipelines/none", "/settings/employees/emp_999999", "/orders/jobs/999999",
];

export default [
  {
    name: "where nothing matches, every list says so and leads back to all",
    async run({ page, open, expect }) {
      for (const [path, words, back] of NOTHING_MATCHES) {
        await open(path);
        const told = await page.locator("main .empty").first().textContent();
        expect(told.trim().length > 0 && told.includes(words), `${path}: ${told}`);
        expect((await page.locator(`main .empty a[href="${back}"], main form.filters a[href="${back}"]`).count()) > 0, `${path}: no way back to ${back}`);
        expect((await page.locator("main table tbody tr").count()) === 0, `${path}: there are rows`);
      }
    },
  },
  {
    name: "an empty column is empty in other words than one where nothing matches",
    async run({ page, open, api, expect }) {
      const id = await pipeline(api);
      await order(api, id, { title: "The only one" });
      await open(`/orders?pipeline=${id}`);
      const column = (stage) => page.locator(`.column[data-stage=${stage}]`);
      expect((await column("won").textContent()).includes("No orders"), "nothing stands there");
      expect((await column("new").locator(".tile").count()) === 1 && !(await column("new").textContent()).includes("No orders"), "here something does");
      await open(`/orders?pipeline=${id}&q=nothing-of-the-kind`);
      expect((await column("new").textContent()).includes("None match"), "nothing matches");
    },
  },
  {
    name: "a column shows fifty orders, and leads to the rest",
    async run({ page, open, expect }) {
      await open("/orders?pipeline=orders");
      const columns = page.locator(".column", { has: page.locator("p.more") });
      expect((await columns.count()) > 0, "the demo has a stage with more than fifty");
      const column = columns.first();
      expect((await column.locator(".tile").count()) === 50, `${await column.locator(".tile").count()} cards`);
      const last = await column.locator(".tile").last().getAttribute("id");
      await column.locator("p.more a").click();
      await page.waitForURL("**before=**");
      const rows = await page.locator("main tbody tr a[href^='/orders/ord_']").evaluateAll((links) => links.map((link) => Number(link.getAttribute("href").split("_")[1])));
      expect(rows.length > 0 && rows.every((id) => id < Number(last.split("_")[1])), "the list goes on after the last card");
    },
  },
  {
    name: "what is not there is said to be, with a code, and the way out stays",
    async run({ page, open, base, expect }) {
      await open("/orders");
      for (const path of NOT_THERE) {
        const answer = await page.goto(base + path);
        expect(answer.status() === 404, `${path}: ${answer.status()}`);
        expect((await page.locator("h1").textContent()) === "This is not here", `${path}: ${await page.locator("h1").textContent()}`);
        expect((await page.locator("[role=alert] a code").textContent()) === "not-found", `${path}: its code`);
        expect((await page.locator("header nav a").count()) >= 8, `${path}: the navigation`);
      }
    },
  },
  {
    name: "a viewer has no button to publish, and the address refuses",
    async run(tab) {
      const { api, base, expect } = tab;
      const id = await pipeline(api, { new: { rules: [rule("Say thanks")] } });
      await draft(api, id, { new: { rules: [rule("Something else")] } }, { published: false });
      const viewer = await somebody(tab, "viewer");
      try {
        await viewer.open(`/automation/${id}`);
        expect((await viewer.page.locator(".part").count()) === 1, "the automation is looked at");
        expect((await viewer.page.locator("a[href$='/publish'], a[href*='/add?'], a[href$='/simulate'], a[href$='/dry-run']").count()) === 0, "and nothing leads to changing it");
        const refused = await viewer.open(`/automation/${id}/publish`);
        expect(refused.status() === 403, `${refused.status()}`);
        expect((await viewer.page.locator("main [role=alert]").textContent()).includes("Automation editor"), "who may is said");
        const status = await viewer.page.evaluate(async (path) => (await fetch(path, { method: "POST", body: new URLSearchParams({ version: "2" }) })).status, `${base}/automation/${id}/publish`);
        expect(status === 403, `the form is refused, too: ${status}`);
        expect((await api("GET", `/v1/pipelines/${id}/automation/revisions`)).items.length === 1, "nothing was published");
        await viewer.open("/orders?pipeline=orders");
        expect((await viewer.page.locator(".tile").count()) > 0 && (await viewer.page.locator(".tile[draggable], [data-move]").count()) === 0, "no card can be moved");
      } finally {
        await viewer.context.close();
        await api("DELETE", `/v1/accounts/${viewer.account}`);
      }
    },
  },
  {
    name: "whoever lost the role meanwhile moves no card, and is told why",
    async run(tab) {
      const { api, expect, eventually } = tab;
      const id = await pipeline(api);
      const made = await order(api, id);
      const operator = await somebody(tab, "operator");
      try {
        await operator.open(`/orders?pipeline=${id}`);
        const card = operator.page.locator(`#order-${made}`);
        await api("PATCH", `/v1/accounts/${operator.account}`, { role: "viewer" });
        await card.dragTo(operator.page.locator(".column[data-stage=packed]"));
        const said = operator.page.locator("#toasts [role=alert]");
        await eventually(async () => (await said.count()) === 1, "it is said");
        expect((await said.textContent()).includes("Operator"), await said.textContent());
        expect((await operator.page.locator(`.column[data-stage=new] #order-${made}`).count()) === 1, "the card is back");
        expect((await api("GET", `/v1/orders/${made}`)).stage === "new", "nothing was moved");
      } finally {
        await operator.context.close();
        await api("DELETE", `/v1/accounts/${operator.account}`);
      }
    },
  },
];
