// What holds on every page.
export default [
  {
    name: "nobody sees a page before signing in, and comes back to it afterwards",
    async run({ browser, base, expect }) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(`${base}/runs?state=failed`);
      expect(new URL(page.url()).pathname === "/sign-in", page.url());
      expect((await page.locator("input[name=back]").getAttribute("value")) === "/runs?state=failed", "the way back is kept");
      await context.close();
    },
  },
  {
    name: "the first thing that Tab reaches leads to the content",
    async run({ page, open, expect }) {
      await open("/orders");
      await page.keyboard.press("Tab");
      expect((await page.evaluate(() => document.activeElement.getAttribute("href"))) === "#main", "the skip link");
    },
  },
  {
    name: "the choice of dark colours holds from the first paint",
    options: { colorScheme: "light" },
    async run({ page, open, context, base, expect }) {
      await context.addCookies([{ name: "rulewright-theme", value: "dark", url: base }]);
      await open("/orders");
      expect((await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)) === "rgb(15, 18, 22)", "the page is dark");
    },
  },
  {
    name: "each place of the navigation says that one is there",
    async run({ page, open, expect }) {
      await open("/orders");
      const places = await page.locator("header nav a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
      expect(places.length === 10, places.join(" "));
      for (const place of places) {
        await open(place);
        const current = await page.locator("header nav a[aria-current=page]").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
        expect(current.join() === place, `at ${place} the navigation says ${current}`);
        expect((await page.locator("h1").count()) === 1, `${place} has one heading`);
      }
    },
  },
  {
    name: "a run's id is pasted and Enter opens it, at once; Escape gives the focus back",
    async run({ page, open, api, expect }) {
      const run = (await api("GET", "/v1/runs?state=done&limit=1")).items[0];
      await open("/orders");
      const before = page.locator("main input[name=q]");
      await before.focus();
      await page.keyboard.press("Control+k");
      await page.locator("#palette[open] input").waitFor();
      await page.keyboard.press("Escape");
      await page.locator("#palette:not([open])").waitFor({ state: "attached" });
      expect(await before.evaluate((one) => one === document.activeElement), "the focus is where it was");
      await page.keyboard.press("Control+k");
      await page.locator("#palette[open] input").waitFor();
      await page.keyboard.insertText(run.id);
      // Nobody waits for a list before pressing Enter.
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.pathname !== "/orders");
      expect(new URL(page.url()).pathname === `/runs/${run.id}`, page.url());
    },
  },
  {
    name: "what is typed into the palette finds orders, rules, plugins and pages, and arrows go through them",
    async run({ page, open, api, expect, eventually }) {
      const order = (await api("GET", "/v1/orders?pipeline=orders&limit=1")).items[0];
      await open("/runs");
      await page.keyboard.press("Control+k");
      await page.locator("#palette[open] input").fill(order.number);
      const hit = page.locator(`#palette .hits a[href="/orders/${order.id}"]`);
      await hit.waitFor();
      await page.keyboard.press("ArrowDown");
      expect(await page.evaluate(() => document.activeElement.matches("#palette .hits li:first-child a")), "the first hit has the focus");
      await page.keyboard.press("ArrowUp");
      expect(await page.evaluate(() => document.activeElement.tagName === "INPUT"), "and the field again");
      await page.locator("#palette input").fill("send sms");
      await page.locator("#palette .hits a[href='/plugins/rulewright.send-sms']").waitFor();
      await page.locator("#palette input").fill("no such thing");
      await eventually(async () => (await page.locator("#palette .empty").textContent()).includes("Nothing is called no such thing."), "nothing is found, and said so");
    },
  },
  {
    name: "single keys go to places, through rows, to the search and to their list, until they are switched off",
    async run({ page, open, expect }) {
      await open("/orders");
      await page.keyboard.press("g");
      await page.keyboard.press("r");
      await page.waitForURL("**/runs");
      const row = () => page.evaluate(() => document.activeElement.closest("[data-row]")?.id ?? "");
      const rows = await page.locator("#runs-list [data-row]").evaluateAll((all) => all.map((one) => one.id));
      for (const [key, at] of [["j", 0], ["j", 1], ["j", 2], ["k", 1]]) {
        await page.keyboard.press(key);
        expect((await row()) === rows[at], `${key} leads to ${await row()}, not ${rows[at]}`);
      }
      await open("/account");
      await page.keyboard.press("e");
      expect(await page.evaluate(() => document.activeElement.matches("main form[method=post] [name=name]")), "the first field");
      await open("/orders");
      await page.keyboard.press("/");
      expect(await page.evaluate(() => document.activeElement.matches("main [type=search]")), "the search of the page");
      await page.keyboard.type("gr?");
      expect((await page.locator("main [type=search]").inputValue()) === "gr?" && new URL(page.url()).pathname === "/orders", "whoever types goes nowhere");
      await page.evaluate(() => document.activeElement.blur());
      await page.keyboard.press("?");
      await page.waitForURL("**/help");
      expect((await page.locator("main kbd").count()) >= 14, "the keys are listed");
      await page.locator("[data-shortcuts]").uncheck();
      await page.evaluate(() => document.activeElement.blur());
      await page.keyboard.press("g");
      await page.keyboard.press("o");
      await page.keyboard.press("Control+k");
      await page.locator("#palette[open]").waitFor();
      expect(new URL(page.url()).pathname === "/help", "single keys do nothing, the others do");
    },
  },
];
