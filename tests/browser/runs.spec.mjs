// Runs: what the list and the trace of one must do.
import { failed, order, pipeline, random, rule, run as ended } from "./shop.mjs";

const runs = async (api, query = "") => (await api("GET", `/v1/runs?limit=50${query}`)).items;

/** A run that is done, of the only rule of a pipeline of its own. */
async function ran(api, eventually) {
  const id = `zz-again-${Math.random().toString(36).slice(2, 8)}`;
  const stages = [["new", "New", "open"], ["won", "Won", "won"]].map(([id, name, kind]) => ({ id, name, kind }));
  await api("PUT", `/v1/pipelines/${id}`, { name: `Again ${id}`, kind: "order", stages });
  const rules = [{ id: `r-${id}`, name: "Say thanks", plugin: "rulewright.write-to-log", settings: { text: "Thanks" } }];
  await api("PUT", `/v1/pipelines/${id}/automation`, { stages: { new: { triggers: [], rules } } });
  await api("POST", `/v1/pipelines/${id}/automation/publish`, {});
  const { order } = await api("POST", "/v1/orders", { pipeline: id, title: "Once more", currency: "EUR" });
  await eventually(async () => (await runs(api, `&order=${order}`))[0]?.state === "done", "the rule ran");
  return { order, stage: "won", run: (await runs(api, `&order=${order}`))[0].id };
}

export default [
  {
    name: "filters stand in the address and outlive a reload",
    async run({ page, open, expect }) {
      await open("/runs");
      await page.selectOption("select[name=state]", "done");
      await page.click("form.filters button[type=submit]");
      await page.waitForURL(/state=done/);
      await page.reload();
      expect((await page.inputValue("select[name=state]")) === "done", "the filter is kept");
    },
  },
  {
    name: "nothing yet and nothing that matches are said in different words",
    async run({ page, open, expect }) {
      await open("/runs?from=2999-01-01");
      expect((await page.textContent("#runs-list")).includes("No runs match"), "filter-empty");
      expect((await page.getAttribute("#runs-list .empty a", "href")) === "/runs", "clears the filters");
    },
  },
  {
    name: "the next page goes on after the last row",
    async run({ page, open, expect }) {
      await open("/runs");
      const last = await page.locator("tr[data-run]").last().getAttribute("data-run");
      await page.click("a[rel=next]");
      await page.waitForURL(new RegExp(`before=${last}`));
      const first = await page.locator("tr[data-run]").first().getAttribute("data-run");
      expect(Number(first.split("_")[1]) < Number(last.split("_")[1]), `${first} after ${last}`);
    },
  },
  {
    name: "new runs wait behind a button while somebody reads, and come when it is pressed",
    async run({ page, open, expect }) {
      await open("/runs");
      expect((await page.locator("tr[data-run]").count()) >= 20, "there is something to scroll through");
      await page.evaluate(() => scrollTo(0, 600));
      await page.waitForFunction(() => document.getElementById("runs-list").dataset.held !== undefined);
      // As if three rows had come since the page was made.
      await page.evaluate(() => {
        for (const row of [...document.querySelectorAll("tr[data-run]")].slice(0, 3)) row.remove();
        document.dispatchEvent(new CustomEvent("rw:change", { detail: { kind: "run", order: "" } }));
      });
      const button = page.locator("[data-show-new]");
      await button.waitFor({ state: "visible" });
      expect(/^\d+ new runs$/.test(await button.textContent()), await button.textContent());
      await button.click();
      await page.waitForFunction(() => scrollY === 0 && document.getElementById("runs-new").hidden);
    },
  },
  {
    name: "a trace says what the rule was given, what it did and what it used",
    async run({ page, open, api, expect }) {
      const run = (await runs(api, "&state=done"))[0];
      await open(`/runs/${run.id}`);
      expect((await page.locator("h1").count()) === 1, "one heading");
      expect((await page.locator("svg[role=img]").getAttribute("aria-label")).includes("step"), "the bars are told in words");
      const last = page.locator("details.step").last();
      expect((await last.getAttribute("open")) !== null, "the last step is open");
      expect((await last.locator("meter").count()) >= 2, "fuel and memory are metered");
    },
  },
  {
    name: "steps take no more time than the run, and no more of it is computed than there is",
    async run({ page, open, api, expect }) {
      const run = (await runs(api, "&state=done"))[0];
      await open(`/runs/${run.id}`);
      const label = await page.locator("svg.bars[role=img]").getAttribute("aria-label");
      const micros = (text) => {
        const [, number, unit] = /^([\d.,]+)\s(µs|ms|s|min|h|d)$/.exec(text) ?? [];
        return Number(number?.replaceAll(",", "")) * { "µs": 1, ms: 1e3, s: 1e6, min: 6e7, h: 3.6e9, d: 8.64e10 }[unit];
      };
      const [, steps, total, computed] = /^(\d+) steps? in (.+), of which (.+) were computed$/.exec(label) ?? [];
      expect(Number(steps) === (await page.locator("details.step").count()), label);
      expect(micros(total) >= 0 && micros(computed) > 0, label);
      const each = await page.locator("details.step > summary > .muted:last-child").evaluateAll((all) => all.map((one) => one.textContent.split(" · ").pop()));
      const sum = each.map(micros).reduce((a, b) => a + b, 0);
      // Rounded down, each of them.
      expect(sum > 0 && sum <= micros(computed) * 1.1 + 1000 * each.length, `${each.join(" + ")} of ${computed}`);
      // What the trace says is what the machine has counted.
      const { trace: counted } = await api("GET", `/v1/runs/${run.id}`);
      const took = new Date(run.ended) - new Date(run.created);
      expect(counted.every((step) => new Date(step.at) - new Date(run.created) <= took), "every step lies within the run");
    },
  },
  {
    name: "a failed step is open and in view, says what happened, and is retried after a question",
    async run(tab) {
      const { page, open, api, expect, eventually } = tab;
      const run = await failed(tab);
      const made = run.order;
      await open(`/runs/${run.id}`);
      const step = page.locator("[data-in-view]");
      expect((await step.getAttribute("open")) !== null, "it is open");
      expect(await step.evaluate((one) => one.getBoundingClientRect().top < innerHeight), "it is in view");
      expect((await step.textContent()).includes("None of its effects was done."), "nothing of it was done");
      expect((await page.locator(".note.bad code").textContent()).length > 0, "by which code");
      // With a text the rule has something to say.
      await api("PATCH", `/v1/orders/${made}`, { comments: "Call her back" });
      await page.reload();
      await page.getByRole("button", { name: "Retry failed step" }).click();
      const dialog = page.locator("dialog[open]");
      expect((await dialog.textContent()).includes("Step 1 of “Fails always” is done again. No step before it did anything."), await dialog.textContent());
      await dialog.locator("button.danger").click();
      await eventually(async () => (await api("GET", `/v1/runs/${run.id}`)).state !== "failed" || (await api("GET", `/v1/runs/${run.id}`)).attempt > run.attempt, "it goes on");
      const { state } = await ended(tab, made, "done");
      expect(state === "done", state);
      expect((await api("GET", `/v1/orders/${made}/timeline`)).items.filter((one) => one.kind === "activity").length === 1, "the activity is there once");
    },
  },
  {
    name: "a run that cannot be retried has its button, which is off and says why",
    async run({ page, open, api, expect }) {
      const run = (await runs(api, "&state=done"))[0];
      await open(`/runs/${run.id}`);
      const button = page.getByRole("button", { name: "Retry failed step" });
      expect(await button.isDisabled(), "it is off");
      const why = await button.evaluate((one) => document.getElementById(one.getAttribute("aria-describedby")).textContent);
      expect(why === "Only a failed run can be retried. This one has ended otherwise.", why);
    },
  },
  {
    name: "an ended run is started again only after it was said what is repeated",
    async run({ page, open, api, expect, eventually }) {
      const { order, run } = await ran(api, eventually);
      await open(`/runs/${run}`);
      const button = page.getByRole("button", { name: "Run again from start" });
      await button.click();
      const dialog = page.locator("dialog[open]");
      const said = await dialog.locator("p").textContent();
      expect(said.includes("1 effect of this run is done once more") && said.includes("Rules after it do not run again"), said);
      expect((await page.evaluate(() => document.activeElement.textContent)) === "Cancel", "the safe choice has the focus");
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      expect((await runs(api, `&order=${order}`)).length === 1, "nothing was started");
      await button.click();
      await page.locator("dialog[open] button.danger").click();
      await page.waitForURL((url) => url.pathname.startsWith("/runs/run_") && !url.pathname.endsWith(`/${run}`));
      expect((await page.locator(`dl.facts a[href="/runs/${run}"]`).count()) === 1, "it names the run that it repeats");
      await eventually(async () => (await runs(api, `&order=${order}&state=done`)).length === 2, "it ran again");
      await open(`/runs/${run}`);
      expect((await page.textContent("dl.facts")).includes("Repeated by"), "the old one names what repeats it");
    },
  },
  {
    name: "a run whose order has gone on is not started again, and the page says why",
    async run({ page, open, api, expect, eventually }) {
      const { order, stage, run } = await ran(api, eventually);
      await api("POST", `/v1/orders/${order}/stage`, { stage });
      await open(`/runs/${run}`);
      expect(await page.locator("button[aria-describedby=again-why]").isDisabled(), "it cannot be pressed");
      expect((await page.textContent("#again-why")).includes("has left the stage"), "a reason is given");
    },
  },
  {
    name: "requests of a step are told with their answers, and no secret is in them",
    async run(tab) {
      const { page, open, api, expect } = tab;
      const [plugin, host, secret] = ["rulewright.http-request", "127.0.0.1", `secret-${random()}`];
      const { grant } = await api("GET", `/v1/plugins/${plugin}`);
      const others = grant.http.filter((one) => one.host !== host);
      await api("PUT", `/v1/plugins/${plugin}/grant`, { ...grant, http: [...others, { host }] });
      await api("PUT", `/v1/plugins/${plugin}/secrets/first`, { value: secret });
      // Nobody is asked at an address that is not public.
      const asks = rule("Asks", { plugin, settings: { method: "GET", url: `https://${host}/parcels?key=${secret}&to=ada` } });
      const { id } = await ended(tab, await order(api, await pipeline(api, { new: { rules: [asks] } })), "failed");
      await open(`/runs/${id}`);
      const table = page.locator('[aria-label="HTTP requests"]');
      expect((await table.locator("tbody tr").count()) === 1, "it asked once");
      const told = await table.locator("tbody").textContent();
      expect(told.includes(`GET https://${host}/parcels?key=***&to=ada`) && told.includes("No answer"), told);
      expect(!(await table.innerHTML()).includes(secret), await table.innerHTML());
    },
  },
  {
    name: "the recording of a run is a download without people in it",
    async run({ page, open, api, expect }) {
      const run = (await runs(api, "&state=done"))[0];
      await open(`/runs/${run.id}`);
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[download][href$='/recording']")]);
      expect(download.suggestedFilename() === `${run.id}.recording.json`, download.suggestedFilename());
    },
  },
];
