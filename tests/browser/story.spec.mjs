// The story of an order: what rules have done to it, and why others have not.
import { draft, order, pipeline, rule, run } from "./shop.mjs";

const HOUR = 3600;
const trigger = (name) => ({ id: `t-${Math.random().toString(36).slice(2, 10)}`, name, plugin: "rulewright.payment", settings: { payment: "any" } });

export default [
  {
    name: "a run is on the timeline once, leads to its trace, and its tab hides the rest",
    async run(tab) {
      const { page, open, api, expect } = tab;
      const made = await order(api, await pipeline(api, { new: { rules: [rule("Say thanks")] } }));
      await api("POST", `/v1/orders/${made}/timeline`, { text: "She calls back" });
      const { id } = await run(tab, made, "done");
      await open(`/orders/${made}`);
      expect((await page.locator(`#timeline li[data-kind=run] a[href="/runs/${id}"]`).count()) === 1, "one entry, with a link to the run");
      expect((await page.locator("#timeline li[data-kind=run]").count()) === 1, "and no other");
      expect((await page.locator("#timeline li[data-kind=comment]").count()) === 1, "the comment is there, too");
      await page.locator(".tabs a", { hasText: "Runs" }).click();
      await page.waitForURL("**show=runs**");
      expect((await page.locator("#timeline li[data-kind=run]").count()) === 1, "the run is there");
      expect((await page.locator("#timeline li:not([data-kind=run])").count()) === 0, "nothing else is");
    },
  },
  {
    name: "moments are told on the clock of the shop, with its zone",
    async run({ page, open, api, expect }) {
      const made = await order(api, await pipeline(api));
      const { time_zone: zone } = await api("GET", "/v1/shop");
      await open(`/orders/${made}`);
      const times = await page.locator("main time").evaluateAll((all) => all.map((time) => [time.dateTime, time.title]));
      expect(times.length > 0, "there are moments");
      for (const [moment, title] of times) {
        const there = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(new Date(moment));
        expect(title === `${there} ${zone}`, `${moment} is told as ${title}`);
      }
    },
  },
  {
    name: "across the end of summer time, orders and delays keep the hour of a shop in Berlin",
    async run({ page, open, api, expect }) {
      const { time_zone: before } = await api("GET", "/v1/shop");
      await api("PATCH", "/v1/shop", { time_zone: "Europe/Berlin" });
      try {
        const late = rule("Two hours later", { when: { run: "after", seconds: 2 * HOUR } });
        const nine = rule("At nine", { when: { run: "at-time-of-day", time: "09:00" } });
        const id = await pipeline(api, { new: { rules: [late, nine] } }, { published: false });
        // The last hour before the change and the first one after it, both half past two on the wall.
        for (const [created, shown] of [["2026-10-25T00:30:00Z", "02:30"], ["2026-10-25T01:30:00Z", "02:30"], ["2026-10-25T08:00:00Z", "09:00"]]) {
          const made = await order(api, id, { created, historical: true });
          await open(`/orders/${made}`);
          const time = page.locator(`main time[datetime^="${created.slice(0, 16)}"]`).first();
          expect((await time.getAttribute("title")) === `2026-10-25 ${shown}:00 Europe/Berlin`, `${created} is told as ${await time.getAttribute("title")}`);
        }
        const until = async (one, now) => {
          await open(`/automation/${id}/dry-run?stage=new&rule=${one.id}&now=${now}`);
          const time = page.locator("#report li.card > p time");
          return `${await time.getAttribute("datetime")} ${await time.textContent()}`;
        };
        // 01:30 in summer, two hours: the wall shows an hour more, and not two.
        const two = await until(late, "2026-10-25T01:30");
        expect(/^2026-10-25T01:30:00(\.000)?Z 2026-10-25 02:30$/.test(two), two);
        // Nine is nine: thirteen hours after eight in the evening, and one more.
        const morning = await until(nine, "2026-10-24T20:00");
        expect(/^2026-10-25T08:00:00(\.000)?Z 2026-10-25 09:00$/.test(morning), morning);
      } finally {
        await api("PATCH", "/v1/shop", { time_zone: before });
      }
    },
  },
  {
    name: "a condition that was not met is told with both its sides",
    async run(tab) {
      const { page, open, api, expect } = tab;
      const large = rule("Only large ones", { condition: { field: "order.total", operator: "at-least", value: "100.00" } });
      const made = await order(api, await pipeline(api, { new: { rules: [large] } }));
      await run(tab, made, "skipped");
      await open(`/orders/${made}`);
      const answer = page.locator("#why li", { hasText: "Only large ones" });
      expect((await answer.locator("code").allTextContents()).join() === "order.total 84.00 is not >= 100.00", await answer.textContent());
      expect((await answer.locator(".pill").textContent()).includes("Not run"), "in a word, too");
    },
  },
  {
    name: "a rule that came after the order says so, and by which revision",
    async run({ page, open, api, expect }) {
      const id = await pipeline(api);
      const made = await order(api, id);
      await draft(api, id, { new: { rules: [rule("Too late")] } });
      await open(`/orders/${made}`);
      const answer = await page.locator("#why li", { hasText: "Too late" }).textContent();
      expect(answer.includes("Revision 1 was published after the order came to this stage"), answer);
      expect((await page.locator("#why li", { hasText: "Too late" }).locator("time").count()) === 1, "and when");
    },
  },
  {
    name: "what leaving has stopped says who moved the order, where to and when",
    async run(tab) {
      const { page, open, api, expect } = tab;
      const later = rule("Tomorrow", { when: { run: "after", seconds: 24 * HOUR } });
      const made = await order(api, await pipeline(api, { new: { rules: [later] } }));
      await run(tab, made, "scheduled");
      await api("POST", `/v1/orders/${made}/stage`, { stage: "paid" });
      await run(tab, made, "cancelled");
      await open(`/orders/${made}`);
      await page.locator("#why nav a", { hasText: "New" }).click();
      await page.waitForURL("**visit=**");
      const answer = page.locator("#why li", { hasText: "Tomorrow" });
      expect(/moved the order to Paid, which stops what has not run/.test(await answer.textContent()), await answer.textContent());
      expect((await answer.locator("time").count()) === 1, "and when");
    },
  },
  {
    name: "a payment for an order that is past the stage does not move it back, and the order says so",
    async run({ page, open, api, expect, eventually }) {
      const id = await pipeline(api, { paid: { triggers: [trigger("Paid")] } });
      const made = await order(api, id);
      await api("POST", `/v1/orders/${made}/stage`, { stage: "packed" });
      await api("POST", `/v1/orders/${made}/payments`, { amount: { amount: "84.00", currency: "EUR" }, paid: true });
      const answer = page.locator("#why li", { hasText: "Paid → Paid" });
      await open(`/orders/${made}`);
      await eventually(async () => (await answer.count()) === 1 && (await answer.textContent()).includes("Its stage lies before that of the order, and switching back is not allowed."), "it is told");
      expect((await answer.textContent()).includes("Not moved"), "in a word, too");
      expect((await api("GET", `/v1/orders/${made}`)).stage === "packed", "it is where it was");
    },
  },
  {
    name: "what shadow mode has kept back is marked, listed and not sent",
    async run(tab) {
      const { page, open, api, expect } = tab;
      const { client } = await api("POST", "/v1/clients", { kind: "contact", name: "Mira Shadow", phones: [{ kind: "mobile", value: "+442079460001" }] });
      const quiet = rule("Quiet", { plugin: "rulewright.send-sms", settings: { text: "Hello Mira" }, shadow: true });
      const id = await pipeline(api, { new: { rules: [quiet] } });
      const made = await order(api, id, { contacts: [client] });
      const ended = await run(tab, made, "done");
      await open(`/automation/${id}`);
      expect((await page.locator(".part", { hasText: "Quiet" }).locator(".pill", { hasText: "Shadow" }).count()) === 1, "the rule has a mark");
      await open(`/runs/${ended.id}`);
      const told = await page.locator("main").textContent();
      expect(told.includes("Recorded, not sent.") && told.includes("Effects, recorded and not done"), "it is said");
      expect((await page.locator("ol.effects > li").count()) === 1 && told.includes("Hello Mira"), "the effect is listed");
      expect((await api("GET", `/v1/deliveries?order=${made}`)).items.length === 0, "no message was made");
      await open(`/orders/${made}`);
      expect((await page.locator("#why li", { hasText: "Quiet" }).textContent()).includes("Recorded, not sent"), "the order says so");
    },
  },
];
