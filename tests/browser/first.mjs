// The first minutes of a new server: whatever is asked for leads to its setup, a wrong code does not open it, the link does,
// and after it there are cards on the board.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { PASSWORD, setUp } from "./setup.mjs";

const { CONSOLE, CHROMIUM } = process.env;
const base = new URL(CONSOLE).origin;
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const expect = (condition, message) => {
  if (!condition) throw new Error(message);
};

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await (await browser.newContext({ locale: "en-GB" })).newPage();
for (const path of ["/", "/runs", "/sign-in"]) {
  await page.goto(base + path);
  expect(new URL(page.url()).pathname === "/setup", `${path} leads to ${page.url()}`);
}
await page.evaluate(axe);
const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
expect(violations.length === 0, JSON.stringify(violations.map(({ id, nodes }) => [id, nodes[0].html])));
for (const width of [320, 390, 1280]) {
  await page.setViewportSize({ width, height: 800 });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(over <= 0, `${over} px wider than a screen of ${width} px`);
}

// Somebody who has found the server and not started it.
await page.locator("[name=code]").fill("0123456789abcdef");
for (const [name, value] of Object.entries({ name: "Eve", email: "eve@evil.example", password: PASSWORD, again: PASSWORD, shop: "Mine" })) {
  await page.locator(`[name=${name}]`).fill(value);
}
await page.locator("form button[type=submit]").click();
await page.getByRole("alert").waitFor();
expect(new URL(page.url()).pathname === "/setup", "a wrong code opens nothing");

await setUp(page, CONSOLE, { sample: true });
const cards = await page.locator("li.tile").count();
expect(cards > 0, "the board has no cards");
await page.goto(CONSOLE);
expect(new URL(page.url()).pathname === "/sign-in", "the setup is open only once");
await page.goto(`${base}/automation`);
await page.getByText("Orders").first().waitFor();
await browser.close();
console.log(`end: ${cards} cards`);
process.exit(0);
