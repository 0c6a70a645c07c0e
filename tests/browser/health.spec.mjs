// Health: the charts say what the API counts, notes lead to what they are about. And drafts tried with many orders.

/** A pipeline whose one rule always fails, after all others by its name, with orders that have come to it. */
async function failing(api, count) {
  const stages = [{ id: "new", name: "New", kind: "open" }];
  await api("PUT", "/v1/pipelines/zz-health", { name: "Zz health", kind: "order", stages });
  const rule = { id: "zz-fails", name: "Fails always", plugin: "rulewright.activity", settings: { subject: "{{ order.comments }}" } };
  await api("PUT", "/v1/pipelines/zz-health/automation", { stages: { new: { rules: [rule] } } });
  await api("POST", "/v1/pipelines/zz-health/automation/publish", {});
  for (let made = 0; made < count; made += 1) await api("POST", "/v1/orders", { pipeline: "zz-health", title: `Health ${made}`, currency: "GBP" });
}

const number = (text) => Number(text.replaceAll(/[^0-9]/g, ""));

/** Until a simulation has ended: a debug build takes its time for a thousand dry runs. */
const ended = (page) => page.waitForFunction(() => document.querySelector("#job") && !document.querySelector("#job[data-again]"), null, { timeout: 180_000 });

export default [
  {
    name: "the table of runs says what the API counts, and the chart says it in words",
    async run({ page, open, api, expect, eventually }) {
      await failing(api, 3);
      await eventually(async () => {
        await open("/health?range=30d");
        const figures = page.locator("#figures");
        const [from, to] = [await figures.getAttribute("data-from"), await figures.getAttribute("data-to")];
        const { total } = await api("GET", `/v1/statistics/runs?from=${from}&to=${to}&bucket=day`);
        const shown = async (key) => number(await page.locator(`#runs-table [data-total=${key}]`).textContent());
        return total.failed >= 3 && (await shown("run-failed")) === total.failed && (await shown("run-done")) === total.done && (await shown("run-skipped")) === total.skipped;
      }, "the table is the API's");
      const summary = await page.locator("#runs-chart svg[role=img]").getAttribute("aria-label");
      expect(number(summary.split(" ")[0]) === number(await page.locator("[data-figure=runs]").textContent()), summary);
      expect((await page.locator("#runs-chart svg.chart title").count()) >= 30, "every bar has a title");
      expect((await page.locator("#worst-chart a[href='/runs?state=failed&rule=zz-fails']", { hasText: "Fails always" }).count()) === 1, "a rule leads to its failed runs");
      await page.locator(".charts details summary").first().click();
      expect(await page.locator("#runs-table table").isVisible(), "the table opens");
    },
  },
  {
    name: "a table that was opened stays open while the numbers go on",
    async run({ page, open, live, api, expect, eventually }) {
      await open("/health?range=1h");
      await live();
      await page.locator(".charts details summary").first().click();
      const before = number(await page.locator("[data-figure=runs]").textContent());
      await failing(api, 1);
      await eventually(async () => number(await page.locator("[data-figure=runs]").textContent()) > before, "the number goes on by itself");
      expect(await page.locator("#runs-table table").isVisible(), "the table is still open");
    },
  },
  {
    name: "a note leads to the filtered runs, is muted for a day and shown again",
    async run({ page, open, api, expect, eventually }) {
      await failing(api, 12);
      const note = page.locator('[data-note="plugin-fails.rulewright.activity"]');
      await eventually(async () => {
        await open("/health");
        return (await note.count()) === 1;
      }, "there is a note");
      expect((await note.textContent()).includes("%"), "it says how many");
      await note.getByRole("button", { name: "Mute for a day" }).click();
      await eventually(async () => (await note.textContent()).includes("Muted by"), "it is muted");
      await note.getByRole("button", { name: "Show again" }).click();
      await eventually(async () => !(await note.textContent()).includes("Muted by"), "it is shown again");
      await note.getByRole("link").first().click();
      await page.waitForURL("**/runs?state=failed&plugin=rulewright.activity");
      expect((await page.locator("#runs-list tr[data-run]").count()) >= 12, "the runs that it is about");
    },
  },
  {
    name: "five hundred orders are tried to the end, and no message leaves",
    async run({ page, open, api, expect }) {
      const sent = async () => (await api("GET", "/v1/deliveries?limit=1")).items[0]?.id;
      await open("/automation/orders");
      await page.locator("a[href$='/simulate']").click();
      await page.waitForURL("**/simulate");
      await page.locator("select[name=of]").selectOption("paid");
      await page.locator("input[name=last]").fill("500");
      const before = await sent();
      await page.locator("form[action$='/simulate'] button[type=submit]").click();
      await page.waitForURL("**/simulate/*");
      await ended(page);
      const { value, max } = await page.locator("#job progress").evaluate((bar) => ({ value: bar.value, max: bar.max }));
      expect(value === max && max > 100, `${value} of ${max}`);
      const { stages } = await api("GET", "/v1/pipelines/orders/automation");
      expect((await page.locator("#job table").first().locator("tbody tr").count()) === stages.paid.rules.length, "every rule has a row");
      expect((await page.locator("#job [role=status]").textContent()).includes("Nothing was sent."), "it is said");
      expect((await sent()) === before, "no message was queued");
    },
  },
  {
    name: "a simulation is stopped, and tells what it had done until then",
    async run({ page, open, expect }) {
      await open("/automation/orders/simulate");
      await page.locator("select[name=of]").selectOption("paid");
      await page.locator("input[name=last]").fill("1000");
      await page.locator("form[action$='/simulate'] button[type=submit]").click();
      await page.waitForURL("**/simulate/*");
      await page.locator("form[action$='/stop'] button").click();
      await ended(page);
      expect((await page.locator("#job [role=status]").textContent()).includes("Stopped"), "it is stopped");
      expect(await page.locator("#job progress").evaluate((bar) => bar.value < bar.max), "not all were tried");
    },
  },
];
