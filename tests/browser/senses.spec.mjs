// For other eyes, hands and ears: twice the size, colours of one's own, no motion, fingers, reading from the right.
import { order, pipeline } from "./shop.mjs";

const PAGES = ["/orders?pipeline=orders", "/runs", "/automation/orders", "/marketplace", "/health?range=30d", "/settings", "/settings/pipelines/orders"];
const some = async (api) => [...PAGES, `/orders/${(await api("GET", "/v1/orders?pipeline=orders&limit=1")).items[0].id}`, `/runs/${(await api("GET", "/v1/runs?state=done&limit=1")).items[0].id}`];

export default [
  {
    name: "whoever has set text of twice the size gets it, and no page is too wide",
    async run({ page, context, open, api, expect }) {
      await open("/orders");
      const size = () => page.evaluate(() => ["body", "h1", "table, .tile"].map((what) => parseFloat(getComputedStyle(document.querySelector(what)).fontSize)));
      const before = await size();
      const browser = await context.newCDPSession(page);
      await browser.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
      for (const path of await some(api)) {
        await open(path);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(over <= 0, `${path}: ${over} px too wide`);
      }
      await open("/orders");
      const after = await size();
      expect(after.every((size, at) => size === 2 * before[at]), `${before} became ${after}`);
    },
  },
  {
    name: "on a touch screen, whatever is pressed is 44 pixels high",
    options: { hasTouch: true, isMobile: true, viewport: { width: 412, height: 900 } },
    async run({ page, open, api, expect }) {
      const { stages } = await api("GET", "/v1/pipelines/orders/automation");
      const small = [];
      for (const path of [...await some(api), `/automation/orders/parts/${stages.new.rules[0].id}`, "/account", "/settings/accounts"]) {
        await open(path);
        expect(await page.evaluate(() => matchMedia("(pointer: coarse)").matches), "a finger");
        small.push(...(await page.evaluate((path) => {
          const pressed = "button, .button, summary, select, nav a, .tabs a, .part > a, input:not([type=hidden], [type=checkbox], [type=radio]), textarea";
          return [...document.querySelectorAll(pressed)]
            .filter((one) => one.checkVisibility() && one.getClientRects().length > 0 && !one.closest(".sr, [aria-hidden=true]"))
            .filter((one) => !one.matches(".form-first, .skip, .link"))
            .map((one) => ({ one, height: Math.max(one.getBoundingClientRect().height, parseFloat(getComputedStyle(one, "::after").height) || 0) }))
            .filter(({ height }) => height < 43.5)
            .map(({ one, height }) => `${path}: ${one.outerHTML.slice(0, 90)} is ${Math.round(height)}`);
        }, path)));
      }
      expect(small.length === 0, `${small.length} too small:\n      ${[...new Set(small)].slice(0, 12).join("\n      ")}`);
    },
  },
  {
    name: "in colours of one's own, states keep their words, boxes their edges and the focus its outline",
    async run({ page, open, expect }) {
      await page.emulateMedia({ forcedColors: "active" });
      await open("/runs");
      const pill = page.locator("#runs-list .pill").first();
      const { text, edge } = await pill.evaluate((one) => ({ text: one.textContent, edge: getComputedStyle(one).borderTopWidth }));
      expect(/^\S+ \S/.test(text) && edge === "1px", `${text}: ${edge}`);
      await page.locator("form.filters select").first().focus();
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      expect(outline !== "none", "the focus is seen");
      await open("/orders?pipeline=orders");
      expect((await page.locator(".tile").first().evaluate((one) => getComputedStyle(one).borderTopStyle)) === "solid", "a card has an edge");
      await page.emulateMedia({ forcedColors: "none" });
      await open("/runs");
      expect((await page.locator("#runs-list .pill").first().evaluate((one) => getComputedStyle(one).borderTopWidth)) === "0px", "only there");
    },
  },
  {
    name: "whoever wants no motion gets none",
    async run({ page, open, expect }) {
      await open("/orders");
      // Whatever any page would move: a script of a page, or a style that comes later.
      const moves = () => page.evaluate(() => {
        const one = document.querySelector("main");
        one.style.transition = "opacity 1s";
        one.style.animation = "some 1s";
        const { transitionDuration, animationName } = getComputedStyle(one);
        return `${transitionDuration} ${animationName}`;
      });
      expect((await moves()) === "1s some", await moves());
      await page.emulateMedia({ reducedMotion: "reduce" });
      expect((await moves()) === "0s none", await moves());
    },
  },
  {
    name: "read from the right, the board begins at the right, and its keys follow",
    async run({ page, open, api, expect, eventually }) {
      const id = await pipeline(api);
      const made = await order(api, id);
      const left = (stage) => page.locator(`.column[data-stage=${stage}]`).evaluate((one) => one.getBoundingClientRect().left);
      await open(`/orders?pipeline=${id}`);
      expect((await left("new")) < (await left("paid")), "from the left it begins at the left");
      await open(`/orders?pipeline=${id}&lang=ar-XB`);
      expect((await left("new")) > (await left("paid")), "and from the right at the right");
      await page.locator(`#order-${made} a`).first().focus();
      await page.keyboard.press("Space");
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("Space");
      await eventually(async () => (await api("GET", `/v1/orders/${made}`)).stage === "paid", "to the left is onward");
    },
  },
];
