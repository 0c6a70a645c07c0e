// The console in a real browser: every check of every *.spec.mjs, then each page by axe in both colours. README.md says which
// check proves what.
// Started by tests/cli/browser.rs, which hands in where the server is and how to get in.
import { readdir, readFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { PAGES, SCREENSHOTS, placeOf } from "./pages.mjs";

const { CONSOLE, TOKEN, CHROMIUM, WORDS, SCREENSHOTS_TO, ONLY } = process.env;
const base = new URL(CONSOLE).origin;
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE = 30_000; // milliseconds

/** Keys of the console's words, which no page may show. */
const keys = [];
for (const file of await readdir(WORDS)) {
  for (const [, key] of (await readFile(`${WORDS}/${file}`, "utf8")).matchAll(/^([a-z][a-z0-9]*-[a-z0-9-]+) =/gm)) keys.push(key);
}

/** What went wrong so far, a line each. */
const failures = [];
let done = 0;

export function expect(condition, message) {
  if (!condition) throw new Error(message ?? "this was expected");
}

export async function eventually(holds, message) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    if (await holds()) return;
    if (Date.now() > end) throw new Error(`not within ${PATIENCE / 1000} s: ${message}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

async function api(method, path, body) {
  const answer = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

/** A page in a context of its own whose mistakes count: errors of scripts, refusals of the content policy. */
async function fresh(browser, state, options = {}) {
  const context = await browser.newContext({ storageState: state, locale: "en-GB", viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const said = [];
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("console", (message) => {
    // An answer that is no success is said by the browser itself; the checks look at those.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) said.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith("data:") && !request.url().startsWith("about:")) said.push(`asked elsewhere: ${request.url()}`);
  });
  await page.addInitScript(() => {
    window.seen = { fresh: 0, held: 0, live: 0 };
    for (const what of ["fresh", "held"]) document.addEventListener(`rw:${what}`, () => { window.seen[what] += 1; });
    document.addEventListener("rw:connection", ({ detail }) => { if (!detail.lost) window.seen.live += 1; });
  });
  /** How often the page has looked again by itself, or has put that off. */
  const seen = (what) => page.evaluate((what) => window.seen[what], what);
  /** Until the page hears of what changes. */
  const live = () => page.waitForFunction(() => window.seen.live > 0);
  const open = async (path) => {
    await page.goto(base + path, { waitUntil: "domcontentloaded" });
    await page.waitForFunction(() => document.readyState === "complete");
  };
  return { context, page, said, open, seen, live };
}

async function check(name, browser, state, options, run) {
  const tab = await fresh(browser, state, options);
  const began = Date.now();
  try {
    // A browser that hangs is a check that failed, and not a test that never ends.
    const late = new Promise((_, fail) => { setTimeout(() => fail(new Error("not done within 90 s")), 90_000).unref(); });
    await Promise.race([run(tab), late]);
    expect(tab.said.length === 0, `the browser says: ${tab.said.join("; ")}`);
    console.log(`ok    ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    failures.push(name);
    console.log(`FAIL  ${name}: ${error.message}`);
    if (SCREENSHOTS_TO) await tab.page.screenshot({ path: `${SCREENSHOTS_TO}/failed-${failures.length}.png` }).catch(() => {});
  } finally {
    done += 1;
    await tab.context.close();
  }
}

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// In by the link that the program prints.
const entrance = await browser.newContext({ locale: "en-GB" });
const door = await entrance.newPage();
await door.goto(CONSOLE);
await door.waitForURL("**/orders**");
const state = await entrance.storageState();
await entrance.close();

const wanted = (name) => !ONLY || name.includes(ONLY);
for (const file of (await readdir(new URL(".", import.meta.url))).filter((file) => file.endsWith(".spec.mjs")).sort()) {
  const { default: checks } = await import(`./${file}`);
  const whole = ({ name }) => `${file.replace(".spec.mjs", "")}: ${name}`;
  for (const one of checks.filter((one) => wanted(whole(one)))) {
    const { options, run } = one;
    await check(whole(one), browser, state, options, (tab) =>
      run({ ...tab, base, api, expect, eventually, browser, state, fresh: (options) => fresh(browser, state, options) }));
  }
}

/** What axe has against the page as it stands. What it has nothing against stays in the browser: of a board that is megabytes. */
const objections = (page, runOnly) => page.evaluate(async (runOnly) => {
  const { violations } = await axe.run(document, { runOnly, resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`).join("\n      ");
}, runOnly);

/** Texts of the page that are a key of the console's words: a message that is not there. */
const raw = (page) => page.evaluate((keys) => {
  const known = new Set(keys);
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("code, pre, script, textarea")) texts.push(walker.currentNode.data.trim());
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder]")) for (const name of ["aria-label", "title", "placeholder"]) texts.push(one.getAttribute(name)?.trim());
  return texts.filter((text) => known.has(text) || text?.includes("{ $"));
}, keys);

/** A page in both colours, on narrow screens, a third longer, and read from the right. */
async function looked(name, path, { page, open }) {
  const address = typeof path === "function" ? await path(api) : path;
  await open(address);
  expect((await page.locator("h1").count()) === 1, "it has one heading of the first order");
  const current = await page.locator("header nav a[aria-current=page]").evaluateAll((links) => links.map((link) => link.getAttribute("href")).join());
  expect(current === placeOf(address), `the navigation says ${current || "nothing"} and not ${placeOf(address) || "nothing"}`);
  await page.evaluate(axe);
  // In the dark it is the same page, but for its colours.
  for (const [colorScheme, rules] of [["light", ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]], ["dark", ["color-contrast", "link-in-text-block"]]]) {
    await page.emulateMedia({ colorScheme });
    const told = await objections(page, rules);
    expect(told === "", `${colorScheme}: ${told}`);
  }
  const over = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  for (const width of [320, 390]) {
    await page.setViewportSize({ width, height: 800 });
    expect((await over()) <= 0, `${await over()} px wider than a screen of ${width} px`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  for (const lang of ["en-XA", "ar-XB"]) {
    const [path, hash] = address.split("#");
    await open(`${path}${path.includes("?") ? "&" : "?"}lang=${lang}${hash ? `#${hash}` : ""}`);
    expect((await over()) <= 0, `${await over()} px too wide in ${lang}`);
    expect((await page.getAttribute("html", "dir")) === (lang === "ar-XB" ? "rtl" : "ltr"), `the side that ${lang} is read from`);
    if (lang === "en-XA") expect((await raw(page)).length === 0, `without words: ${await raw(page)}`);
  }
}

// These only look, so that one page can be made while another is judged.
const pages = Object.entries(PAGES).filter(([name]) => wanted(`axe ${name}`));
await Promise.all(Array.from({ length: 3 }, async () => {
  for (let next = pages.shift(); next; next = pages.shift()) {
    const [name, path] = next;
    await check(`axe ${name}`, browser, state, {}, (tab) => looked(name, path, tab));
  }
}));

if (SCREENSHOTS_TO) {
  await mkdir(SCREENSHOTS_TO, { recursive: true });
  for (const colorScheme of ["light", "dark"]) {
    for (const [name, { path, ready }] of Object.entries(SCREENSHOTS)) {
      const tab = await fresh(browser, state, { colorScheme });
      await tab.open(typeof path === "function" ? await path(api) : path);
      if (ready) await ready(tab.page);
      await tab.page.screenshot({ path: `${SCREENSHOTS_TO}/${name}-${colorScheme}.png` });
      await tab.context.close();
    }
  }
}

await browser.close();
console.log(`${done} checks, ${failures.length} failed`);
process.exit(failures.length === 0 && done > 0 ? 0 : 1);
