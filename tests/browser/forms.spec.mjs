// The designer's tiles and forms: what a draft keeps, and what is said of what somebody types.
import { draft, order, pipeline, rule, sent } from "./shop.mjs";

const first = async (api, id) => (await api("GET", `/v1/pipelines/${id}/automation`)).stages.new.rules[0];
const field = (page, pointer) => page.locator(`[name='${pointer}']`);
const save = (page) => page.locator("#part-form .bar button").click();
/** What is said to whoever cannot see it, too: the texts that an input is tied to. */
const told = (input) => input.evaluate((one) => (one.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" "));
const focused = (page) => page.evaluate(() => document.activeElement.name ?? document.activeElement.className);

const sorted = (value) => value === null || typeof value !== "object" ? value
  : Array.isArray(value) ? value.map(sorted) : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sorted(one)]));
const same = (a, b) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** A draft with one rule, open in its form. */
async function edited({ api, open }, one) {
  const id = await pipeline(api, { new: { rules: [one] } }, { published: false });
  await order(api, id);
  await open(`/automation/${id}/parts/${one.id}`);
  return id;
}

export default [
  {
    name: "a rule that runs after the one above stands under its arrow, and says so",
    async run({ page, open, api, expect }) {
      const id = await pipeline(api, { new: { rules: [rule("Create document"), rule("Send it")] } }, { published: false });
      await open(`/automation/${id}`);
      const tile = page.locator(".part", { hasText: "Send it" });
      expect((await tile.locator("xpath=self::*[contains(@class,'after')]").count()) === 0 && /in parallel/i.test(await tile.textContent()), "in parallel");
      await tile.locator("a").first().click();
      await page.waitForURL("**/parts/**");
      await page.getByRole("radio", { name: "After the rule above" }).check();
      await save(page);
      await page.waitForURL(`**/automation/${id}`);
      expect((await page.locator(".part.after", { hasText: "Send it" }).count()) === 1, "it stands under the arrow");
      expect(/after/i.test(await tile.textContent()) && !/in parallel/i.test(await tile.textContent()), "in words, too");
      const { stages } = await api("GET", `/v1/pipelines/${id}/automation`);
      expect(stages.new.rules[1].after_previous === true, "the draft has it");
    },
  },
  {
    name: "a draft outlives whoever goes elsewhere, and publishing makes the next revision",
    async run(tab) {
      const { page, open, api, expect } = tab;
      const one = rule("Say thanks");
      const id = await pipeline(api, { new: { rules: [one] } });
      await open(`/automation/${id}/parts/${one.id}`);
      await page.locator("#part-name").fill("Say many thanks");
      await save(page);
      await page.waitForURL(`**/automation/${id}`);
      await open("/orders");
      await open(`/automation/${id}`);
      expect((await page.locator(".part", { hasText: "Say many thanks" }).count()) === 1, "the draft is there");
      expect((await page.locator(".head .pill").textContent()).includes("Draft, 1 change"), "and is said to be one");
      await page.getByRole("link", { name: "Publish 1 change" }).click();
      await page.waitForURL("**/publish");
      expect((await page.locator("main ul li").first().textContent()).includes("Say many thanks"), "what changes is listed");
      await page.getByRole("button", { name: "Publish 1 change" }).click();
      await page.waitForURL(`**/automation/${id}`);
      expect((await page.locator(".head").textContent()).includes("Published, revision 2"), "it is the second");
      expect((await api("GET", `/v1/pipelines/${id}/automation/revisions`)).items.length === 2, "and the first is kept");
    },
  },
  {
    name: "a form that is saved untouched saves exactly what was there, whatever its fields are",
    async run({ page, open, api, expect }) {
      const rules = [
        rule("Texts, a choice, numbers, yes and no", { plugin: "rulewright.activity", settings: { subject: "Call {{ client.name }}", description: "Line 1\nLine 2", type: "call", deadline: 3, "deadline-unit": "days", completed: false, notify: true } }),
        rule("A message", { plugin: "rulewright.send-sms", settings: { text: "Hello {{ client.name }}", phone: "mobile" } }),
        rule("One of several forms", { plugin: "rulewright.wait", settings: { until: { kind: "after", amount: 2, unit: "days" }, description: "Ask whether it has arrived." } }),
        rule("Lines", { plugin: "rulewright.change-order-data", settings: { comment: "Paid by {{ previous.payer | the client }}", tags: ["paid", "gift <1>"] } }),
        rule("Not now", { when: { run: "after", seconds: 5400, working_hours: true }, condition: { any: [{ field: "order.total", operator: "at-least", value: 50 }, { all: [{ field: "order.title", operator: "contains", value: "Tea" }, { field: "client.name", operator: "filled", value: null }] }] } }),
      ];
      const id = await pipeline(api, { new: { rules } }, { published: false });
      await order(api, id);
      const before = (await api("GET", `/v1/pipelines/${id}/automation`)).stages;
      for (const one of rules) {
        await open(`/automation/${id}/parts/${one.id}`);
        expect((await page.locator("#part-form .form-summary, #side .note.bad").count()) === 0, `${one.name} is complete`);
        await save(page);
        await page.waitForURL(`**/automation/${id}`);
        const { stages } = await api("GET", `/v1/pipelines/${id}/automation`);
        const [was, is] = [before, stages].map((stages) => stages.new.rules.find((rule) => rule.id === one.id));
        // What a plugin takes by default may be written down by the form; nothing else may differ.
        is.settings = Object.fromEntries(Object.keys(was.settings).map((key) => [key, is.settings[key]]));
        expect(same(was, is), `${one.name}: ${JSON.stringify(was)} became ${JSON.stringify(is)}`);
      }
    },
  },
  {
    name: "a text that is too long for an SMS is counted, marked and told",
    async run(tab) {
      const { page, expect, eventually } = tab;
      await edited(tab, rule("Send SMS", { plugin: "rulewright.send-sms", settings: { text: "Hello", phone: "auto" } }));
      const text = field(page, "/settings/text");
      await text.fill("x".repeat(200));
      await eventually(async () => /200 of 200 characters.*2 messages \(GSM-7\)/.test(await told(text)), "it is counted");
      expect((await text.getAttribute("aria-invalid")) === null, "two hundred fit");
      await text.fill("x".repeat(201));
      await eventually(async () => (await text.getAttribute("aria-invalid")) === "true", "one more does not");
      expect((await told(text)).includes("the text has 201 characters, 200 fit"), await told(text));
      await text.fill(`${"x".repeat(66)}жжж`);
      await eventually(async () => (await told(text)).includes("1 message (UCS-2)"), "another alphabet has less room");
      const phone = await told(field(page, "/settings/phone"));
      expect(phone.includes("where there is no such one, nothing is sent"), `what happens without a number: ${phone}`);
    },
  },
  {
    name: "an employee who has left stays chosen, and is said to be gone",
    async run(tab) {
      const { page, expect, eventually } = tab;
      await edited(tab, rule("Call", { plugin: "rulewright.activity", settings: { subject: "Call", responsible: "emp_999" } }));
      const choice = field(page, "/settings/responsible");
      expect((await choice.inputValue()) === "emp_999", "nothing else was chosen");
      expect((await choice.locator("option:checked").textContent()) === "emp_999 (is not there any more)", "it is said");
      const find = page.locator("rw-pick", { has: choice }).locator("input[type=search]");
      if ((await choice.locator("option").count()) > 12) {
        await find.fill("resp");
        await eventually(async () => (await choice.locator("option:not([hidden])").allTextContents()).some((text) => text.includes("Responsible of the order")), "found by a part of the name");
      } else expect((await choice.locator("option").allTextContents()).some((text) => text.includes("Responsible of the order")), "it is offered");
    },
  },
  {
    name: "a delay without a unit is told beside the field while it is typed, with caret and focus kept",
    async run(tab) {
      const { page, expect, eventually } = tab;
      await edited(tab, rule("Later", { when: { run: "after", seconds: 7200 } }));
      const length = page.getByLabel("How long after");
      expect((await length.inputValue()) === "2h", "as people write it");
      await length.fill("");
      await length.pressSequentially("2 hors");
      await eventually(async () => (await told(length)).includes("Write a number and a unit"), "what is wrong");
      expect((await length.getAttribute("aria-invalid")) === "true", "it is marked");
      expect(await length.evaluate((one) => one === document.activeElement && one.selectionStart === 6), "focus and caret stay");
      await length.fill("1h 30min");
      await eventually(async () => /For the sample order: .*\(\w+/.test(await page.locator("#side").textContent()), "when that would be");
      await eventually(async () => (await length.getAttribute("aria-invalid")) === null, "nothing is wrong");
    },
  },
  {
    name: "a form with two mistakes leads whoever saves to the list of them, and from there to each",
    async run(tab) {
      const { page, api, expect } = tab;
      const id = await edited(tab, rule("Call", { plugin: "rulewright.activity", settings: { subject: "Call", description: "x" } }));
      await field(page, "/settings/subject").fill("{{ order.totl }}");
      await field(page, "/settings/description").fill("{{ client.nam }}");
      await Promise.all([page.waitForResponse((answer) => answer.request().method() === "POST" && /\/parts\/[^/]+$/.test(answer.url()) && answer.status() === 422), save(page)]);
      await page.waitForFunction(() => document.readyState === "complete" && document.activeElement?.classList.contains("form-summary"), null, { timeout: 30_000 });
      const links = page.locator(".form-summary a");
      expect((await links.count()) === 2, await page.locator(".form-summary").textContent());
      await links.last().click();
      const at = await focused(page);
      expect(["/settings/subject", "/settings/description"].includes(at), `the link leads to ${at}`);
      expect((await first(api, id)).settings.subject === "Call", "nothing was saved");
    },
  },
  {
    name: "a condition as text is told at which line and column it cannot be read",
    async run(tab) {
      const { page, expect, eventually } = tab;
      await edited(tab, rule("Only some", { condition: { field: "order.total", operator: "at-least", value: "50" } }));
      await page.getByRole("button", { name: "Write it as JSON" }).click();
      const text = page.getByLabel("Condition as JSON");
      await text.waitFor();
      await text.fill('{"field": "order.total",\n  "operator" "at-least"}');
      await eventually(async () => /line 2 column \d+/.test(await told(text)), "where");
      await text.fill('{"field": "order.total", "operator": "at-most", "value": "50"}');
      await eventually(async () => (await text.getAttribute("aria-invalid")) === null, "now it can be read");
      await page.getByRole("button", { name: "Show it as rows" }).click();
      await eventually(async () => (await page.locator("#side .form-badge[data-state]").first().getAttribute("data-state")) === "false", "84 is not at most 50");
    },
  },
  {
    name: "a dry run names the rule and the field that it would fail by, and is for drafts that nobody has published",
    async run({ page, open, api, expect }) {
      const empty = rule("Call {{nobody}}", { plugin: "rulewright.activity", settings: { subject: "{{ order.comments }}" } });
      const id = await pipeline(api, { new: { rules: [rule("Fine"), empty] } }, { published: false });
      const made = await order(api, id);
      const before = await sent(api);
      await open(`/automation/${id}/dry-run?stage=new&order=${made}`);
      const card = (name) => page.locator("#report li.card", { hasText: name });
      expect((await card("Fine").locator(".pill.ok").count()) === 1, "the other rule would run");
      const text = await card("Call {{nobody}}").textContent();
      expect(/Would fail|Cannot begin/.test(text) && /subject/.test(text), text);
      expect((await sent(api)) === before, "nothing was sent");
      expect((await api("GET", `/v1/runs?order=${made}`)).items.length === 0, "nothing ran");
    },
  },
  {
    name: "a dry run with an order that is not there says so beside the field, and keeps what was typed",
    async run({ page, open, api, expect }) {
      const id = await pipeline(api, { new: { rules: [rule("Fine")] } }, { published: false });
      await open(`/automation/${id}/dry-run?stage=new`);
      expect((await page.locator(".empty").textContent()).includes("There is no order in this pipeline yet."), "nothing to try it with");
      await order(api, id);
      await draft(api, id, { new: { rules: [rule("Fine")] } }, { published: false });
      await open(`/automation/${id}/dry-run?stage=new&order=no-such-number`);
      const input = page.locator("input[name=order]");
      expect((await input.inputValue()) === "no-such-number" && (await input.getAttribute("aria-invalid")) === "true", "it is marked");
      expect((await told(input)) === "There is no order no-such-number.", await told(input));
    },
  },
];
