// Runs: what the list and the trace of one must do.
const runs = async (api, query = "") => (await api("GET", `/v1/runs?limit=50${query}`)).items;

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
      if ((await page.locator("a[rel=next]").count()) === 0) return;
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
      if ((await page.locator("tr[data-run]").count()) < 20) return;
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
    name: "a failed step is open and in view, and says what cannot be retried and why",
    async run({ page, open, api, expect }) {
      const run = (await runs(api, "&state=failed"))[0];
      if (!run) return;
      await open(`/runs/${run.id}`);
      const failed = page.locator("[data-in-view]");
      if ((await failed.count()) > 0) {
        expect((await failed.getAttribute("open")) !== null, "it is open");
        expect(await failed.evaluate((step) => step.getBoundingClientRect().top < innerHeight), "it is in view");
      }
      const disabled = page.locator("button[disabled][aria-describedby=retry-why]");
      if ((await disabled.count()) > 0) expect((await page.textContent("#retry-why")).trim() !== "", "a reason is given");
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
