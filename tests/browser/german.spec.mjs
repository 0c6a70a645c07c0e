// Pages in German: what is read out on them is German, but for what is marked as English and what people have written.

import { failed } from "./shop.mjs";

/** Words that no German sentence has, and hardly an English one does without. */
const ENGLISH = /\b(the|of|and|is|are|it|its|not|with|that|which|has|have|been|from|when|this|there|you|your|does|did|because)\b/gi;

/** What stands in the page to be read, without what is marked, code, and what staff and clients have written. */
const readOut = (names) => {
  const body = document.querySelector("main").cloneNode(true);
  for (const one of body.querySelectorAll("[lang=en], code, pre, script, style, option, iframe, .written, .value")) one.remove();
  let text = body.textContent;
  for (const name of names) text = text.replaceAll(name, " ");
  return text;
};

async function german({ page, open, expect }, path, names) {
  await open(`${path}${path.includes("?") ? "&" : "?"}lang=de`);
  expect((await page.getAttribute("html", "lang")) === "de", `${path} is German`);
  const text = await page.evaluate(readOut, names);
  const found = [...new Set(text.match(ENGLISH) ?? [])];
  expect(found.length === 0, `${path} says ${found.join(", ")}: ${text.replace(/\s+/g, " ").slice(0, 2000)}`);
}

/** Whatever staff and plugins have named: names stay as they are. */
async function names(api) {
  const plugins = (await api("GET", "/v1/plugins")).items.map(({ title }) => title);
  const runs = (await api("GET", "/v1/runs?limit=100")).items.map((run) => run.rule_name);
  const pipelines = (await api("GET", "/v1/pipelines")).items.flatMap(({ name, stages }) => [name, ...(stages ?? []).map((stage) => stage.name)]);
  const all = [...plugins, ...runs, ...pipelines].filter(Boolean);
  return all.sort((one, other) => other.length - one.length);
}

export default [
  {
    name: "a failed run and the reasons of its order are German",
    async run(at) {
      const run = await failed(at);
      const known = await names(at.api);
      await german(at, `/runs/${run.id}`, known);
      await at.open(`/orders/${run.order}?lang=de`);
      const why = await at.page.locator("#why").evaluate((panel) => {
        const copy = panel.cloneNode(true);
        for (const one of copy.querySelectorAll("[lang=en], code, strong, a")) one.remove();
        return copy.textContent;
      });
      at.expect((why.match(ENGLISH) ?? []).length === 0, why);
    },
  },
  {
    name: "health is German",
    async run(at) {
      await german(at, "/health?range=30d", await names(at.api));
    },
  },
  {
    name: "what a plugin may do is German, and nothing is lost of it",
    async run(at) {
      const { page, open, expect } = at;
      await open("/plugins/rulewright.send-sms?lang=de");
      const told = page.locator("ul.may li");
      expect((await told.count()) > 0, "it may do something");
      for (const sentence of await told.allTextContents()) {
        expect((sentence.match(ENGLISH) ?? []).length === 0, sentence);
      }
      const count = await told.count();
      await open("/plugins/rulewright.send-sms?lang=en");
      expect((await page.locator("ul.may li").count()) === count, "as many sentences as in English");
    },
  },
];
