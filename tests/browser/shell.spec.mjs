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
    name: "read from the right, nothing is cut off",
    async run({ page, open, expect }) {
      await open("/orders?lang=ar-XB");
      expect((await page.getAttribute("html", "dir")) === "rtl", "dir is rtl");
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over <= 0, `${over} px too wide`);
    },
  },
  {
    name: "a language a third longer has room, and no key is shown raw",
    async run({ page, open, expect }) {
      for (const path of ["/orders", "/account"]) {
        await open(`${path}?lang=en-XA`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(over <= 0, `${path}: ${over} px too wide`);
      }
    },
  },
];
