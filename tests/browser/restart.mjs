// A shop without anything in it, and a tab that is open while its server is killed and started again. Whoever starts this hears
// `kill` and `start` on its output, does so, and answers `done`.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { setUp } from "./setup.mjs";

const { CONSOLE, CHROMIUM } = process.env;
const base = new URL(CONSOLE).origin;
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const ask = async (what) => {
  console.log(what);
  await answers.next();
};

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await (await browser.newContext({ locale: "en-GB" })).newPage();
await setUp(page, CONSOLE, { sample: false });

// Where there is nothing yet, each page says what would be there, and leads on.
for (const [path, words, next] of [
  ["/runs", "No runs yet. Rules run when orders come to their stages.", "/automation"],
  ["/clients", "No clients yet. They come with orders, calls and mails."],
  ["/deliveries", "No messages yet. Rules write to clients and staff."],
  ["/documents", "No documents yet. Rules make them from templates."],
  ["/health?range=1h", "No run ended in the last hour."],
  ["/health?range=30d", "No run ended in the last 30 days."],
  ["/installs", "Nothing is being installed."],
]) {
  await page.goto(base + path);
  const empty = page.locator("main .empty", { hasText: words });
  if ((await empty.count()) === 0) throw new Error(`${path} says ${await page.locator("main").textContent()}`);
  if (next && (await empty.first().locator(`a[href="${next}"]`).count()) === 0) throw new Error(`${path} does not lead to ${next}`);
  if ((await page.locator("main table tbody tr[data-row]").count()) > 0) throw new Error(`${path} has rows`);
}
await page.goto(`${base}/orders`);
const columns = await page.locator(".column").allTextContents();
if (columns.length === 0 || !columns.every((column) => column.includes("No orders"))) throw new Error(`the board says ${columns}`);

const lost = page.locator("[data-offline]");
await page.locator("[data-live-state]:not([data-lost])").waitFor();
// Another tab, in which somebody writes meanwhile.
const writing = await page.context().newPage();
await writing.goto(`${base}/account`);
await writing.locator("[data-live-state]:not([data-lost])").waitFor();
await writing.locator("main form[action='/account'] [name=name]").fill("Written meanwhile");
const save = writing.locator("main form[action='/account'] button[type=submit]");

await ask("kill");
await lost.waitFor({ state: "visible", timeout: 15_000 });
await writing.locator("[data-offline]").waitFor({ state: "visible", timeout: 15_000 });
await save.click();
await writing.locator("[data-unsent]").waitFor({ timeout: 60_000 });
await ask("start");
await lost.waitFor({ state: "hidden", timeout: 160_000 });
await writing.locator("[data-unsent]").waitFor({ state: "detached", timeout: 160_000 });
await save.click();
await writing.locator(".me summary", { hasText: "Written meanwhile" }).waitFor({ timeout: 60_000 });
await writing.close();

// What changes now is shown without a reload: a second tab makes an order, the first one sees it.
await page.evaluate(() => { window.stillTheSamePage = true; });
const other = await page.context().newPage();
await other.goto(`${base}/orders/new`);
await other.locator("[name=title]").fill("After the restart");
await other.locator("main form button[type=submit]").first().click();
await other.waitForURL("**/orders/ord_**");
await page.getByText("After the restart").waitFor({ timeout: 60_000 });
if (!(await page.evaluate(() => window.stillTheSamePage))) throw new Error("the page was loaded anew");
await browser.close();
console.log("end");
// Whoever started this still holds the other end of its input, which would keep it alive.
process.exit(0);
