// The designer: from an idea to a published rule, without sending anything before.

/** A pipeline of its own, so that nobody's automation is changed. */
async function pipeline(api) {
  const id = `zz-try-${Math.random().toString(36).slice(2, 8)}`;
  const stages = [["new", "New", "open"], ["won", "Won", "won"]].map(([id, name, kind]) => ({ id, name, kind }));
  await api("PUT", `/v1/pipelines/${id}`, { name: `Try ${id}`, kind: "order", stages });
  const receipt = await api("POST", "/v1/orders", { pipeline: id, title: "A try", currency: "EUR", lines: [{ title: "Tea", quantity: "1", unit_price: { amount: "84.00", currency: "EUR" } }] });
  return { id, order: receipt.order };
}

/** Tab until the focus is on what is wanted. */
async function tabTo(page, expect, wanted) {
  for (let step = 0; step < 250; step += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(wanted)) return;
  }
  expect(false, `Tab never reaches ${wanted}`);
}

const sent = async (api) => (await api("GET", "/v1/deliveries?limit=1")).items[0]?.id ?? null;

async function withRule(api, text = "Hello {{client.name}}") {
  const made = await pipeline(api);
  const rules = [{ id: `r-${made.id}`, name: "Say thanks", plugin: "rulewright.write-to-log", settings: { text } }];
  await api("PUT", `/v1/pipelines/${made.id}/automation`, { stages: { new: { triggers: [], rules } } });
  return { ...made, rule: rules[0].id };
}

export default [
  {
    name: "by keyboard alone: add a rule, try it, publish it",
    async run({ page, open, api, expect, eventually }) {
      const { id } = await pipeline(api);
      await open(`/automation/${id}`);
      const focused = (text) => `/^(A|BUTTON)$/.test(document.activeElement.tagName) && document.activeElement.textContent.includes(${JSON.stringify(text)})`;
      await tabTo(page, expect, focused("Add rule"));
      await page.keyboard.press("Enter");
      await page.waitForURL("**/add?**");
      await tabTo(page, expect, "document.activeElement.name === 'q'");
      await page.keyboard.type("log");
      await page.keyboard.press("Enter");
      await page.waitForURL("**q=log**");
      await tabTo(page, expect, focused("Write to log"));
      await page.keyboard.press("Enter");
      await page.waitForURL("**/parts/**");
      await tabTo(page, expect, "document.activeElement.name === '/settings/text'");
      // Two braces open the list of fields; what is typed filters it.
      await page.keyboard.type("Order {{");
      await page.locator(".form-fields:popover-open").waitFor();
      await page.keyboard.type("order.number");
      await page.keyboard.press("Enter");
      await eventually(async () => (await page.locator("[name='/settings/text']").inputValue()) === "Order {{ order.number }}", "the field is inserted");
      await page.keyboard.type(" came");
      await tabTo(page, expect, focused("Save to the draft"));
      await page.keyboard.press("Enter");
      await page.waitForURL(`**/automation/${id}`);
      await tabTo(page, expect, "document.activeElement.textContent === 'Dry run'");
      await page.keyboard.press("Enter");
      await page.waitForURL("**/dry-run");
      await tabTo(page, expect, focused("Try it"));
      await page.keyboard.press("Enter");
      await page.waitForURL("**/dry-run?**");
      await eventually(async () => (await page.locator("#report").textContent()).includes("Nothing was sent."), "the report is there");
      await open(`/automation/${id}`);
      await tabTo(page, expect, focused("Publish 1 change"));
      await page.keyboard.press("Enter");
      await page.waitForURL("**/publish");
      await tabTo(page, expect, "document.activeElement.tagName === 'BUTTON' && document.activeElement.textContent.includes('Publish')");
      await page.keyboard.press("Enter");
      await page.waitForURL(`**/automation/${id}`);
      const revisions = await api("GET", `/v1/pipelines/${id}/automation/revisions`);
      expect(revisions.items.length === 1, "it is published");
    },
  },
  {
    name: "a dry run shows the whole text, and sends nothing",
    async run({ page, open, api, expect }) {
      const before = await sent(api);
      const { id, order, rule } = await withRule(api, "Order {{order.number}} came");
      await open(`/automation/${id}/dry-run?stage=new&rule=${rule}`);
      const { number } = await api("GET", `/v1/orders/${order}`);
      const report = await page.locator("#report").textContent();
      expect(report.includes("Nothing was sent."), "it says so first");
      expect(report.includes(`Order ${number} came`), `the text is rendered: ${report}`);
      expect((await sent(api)) === before, "nothing was sent");
      const runs = await api("GET", `/v1/runs?order=${order}&limit=1`);
      expect(runs.items.length === 0, "nothing ran");
    },
  },
  {
    name: "what is wrong is said while it is typed, and caret and focus stay where they are",
    async run({ page, open, api, expect, eventually }) {
      const { id, rule } = await withRule(api);
      await open(`/automation/${id}/parts/${rule}`);
      const text = page.locator("[name='/settings/text']");
      await text.click();
      await page.keyboard.press("End");
      await page.keyboard.insertText(" {{order.totl}}");
      await eventually(async () => (await page.locator("#side").textContent()).includes("did you mean"), "the nearest name is offered");
      expect(await page.evaluate(() => document.activeElement.name === "/settings/text"), "the focus stays");
      await page.keyboard.type("!");
      expect((await text.inputValue()).endsWith("{{order.totl}}!"), "the caret stays");
    },
  },
  {
    name: "a form with mistakes is not saved, and leads to them",
    async run({ page, open, api, expect, eventually }) {
      const { id, rule } = await withRule(api);
      await open(`/automation/${id}/parts/${rule}`);
      await page.locator("[name='/settings/text']").fill("{{order.totl}}");
      await page.locator("#part-form button[type=submit]").last().click();
      await eventually(async () => (await page.locator("#side [role=alert], #side .error").allTextContents()).join("").includes("did you mean"), "it is said");
      const { stages } = await api("GET", `/v1/pipelines/${id}/automation`);
      expect(stages.new.rules[0].settings.text === "Hello {{client.name}}", "the draft is as it was");
    },
  },
  {
    name: "of two editors, the second overwrites nobody and loses nothing",
    async run({ page, open, fresh, api, expect }) {
      const { id, rule } = await withRule(api);
      const other = await fresh();
      await open(`/automation/${id}/parts/${rule}`);
      await other.open(`/automation/${id}/parts/${rule}`);
      await other.page.locator("#part-name").fill("Theirs");
      await other.page.locator("#part-form button[type=submit]").last().click();
      await other.page.waitForURL(`**/automation/${id}`);
      await page.locator("#part-name").fill("Mine");
      await page.locator("#part-form button[type=submit]").last().click();
      await page.locator("#side [role=alert]").first().waitFor();
      expect((await page.locator("#part-name").inputValue()) === "Mine", "what was written is still there");
      expect((await page.locator("#meanwhile li").textContent()).includes("Theirs"), "what the first has changed is told");
      const { stages } = await api("GET", `/v1/pipelines/${id}/automation`);
      expect(stages.new.rules[0].name === "Theirs", "the first save stands");
      await other.context.close();
    },
  },
  {
    name: "a condition is tried with the sample order while it is built",
    async run({ page, open, api, eventually }) {
      const { id, rule } = await withRule(api);
      await api("PUT", `/v1/pipelines/${id}/automation`, {
        stages: { new: { triggers: [], rules: [{ id: rule, name: "Say thanks", plugin: "rulewright.write-to-log", settings: { text: "x" }, condition: { field: "order.total", operator: "at-least", value: "50" } }] } },
      });
      await open(`/automation/${id}/parts/${rule}`);
      const side = page.locator("#side");
      await eventually(async () => /\btrue\b/i.test(await side.textContent()), "84 is at least 50");
      await page.locator("#side [name^='/condition'][name$='/value'], #side [name*='/condition'][name*='value']").first().fill("500");
      await eventually(async () => /\bfalse\b/i.test(await side.textContent()), "84 is not at least 500, and nothing was saved");
    },
  },
  {
    name: "a field is put into a text where the caret is",
    async run({ page, open, api, expect, eventually }) {
      const { id, rule } = await withRule(api, "Hello ");
      await open(`/automation/${id}/parts/${rule}`);
      const text = page.locator("[name='/settings/text']");
      await text.click();
      await page.keyboard.press("End");
      await page.locator("#side rw-template button").first().click();
      await page.locator(".form-fields:popover-open [data-path='order.number']").click();
      await eventually(async () => (await text.inputValue()).includes("{{ order.number }}"), "it is in the text");
      expect((await text.inputValue()).startsWith("Hello "), "what was there stays");
    },
  },
  {
    name: "a revision is restored to the draft, and what runs stays until that is published",
    async run({ page, open, api, expect }) {
      const { id } = await withRule(api);
      await api("POST", `/v1/pipelines/${id}/automation/publish`, {});
      await api("PUT", `/v1/pipelines/${id}/automation`, { stages: {} });
      await open(`/automation/${id}/history/1`);
      await page.getByRole("button", { name: "Restore to the draft" }).click();
      await page.locator("dialog[open] button.danger").click();
      await page.waitForURL(`**/automation/${id}`);
      const { stages } = await api("GET", `/v1/pipelines/${id}/automation`);
      expect(stages.new.rules.length === 1, "the rule is back");
    },
  },
  {
    name: "a rule is run for the orders that are here already, once",
    async run({ page, open, api, expect, eventually }) {
      const { id, order, rule } = await withRule(api);
      await api("POST", `/v1/pipelines/${id}/automation/publish`, {});
      await open(`/automation/${id}/rules/${rule}/run-now`);
      await page.getByRole("button", { name: "Run for 1 order" }).click();
      await page.locator("dialog[open] button.danger").click();
      await page.waitForURL("**/runs?rule=**");
      await eventually(async () => (await api("GET", `/v1/runs?order=${order}`)).items[0]?.state === "done", "it ran");
      await open(`/automation/${id}/rules/${rule}/run-now`);
      expect(await page.getByRole("button", { name: "Run for 0 orders" }).isDisabled(), "not again");
    },
  },
  {
    name: "a rule is dragged before another, and runs in that order",
    async run({ page, open, api, expect, eventually }) {
      const { id, rule } = await withRule(api);
      const rules = ["First", "Second"].map((name, at) => ({ id: `${rule}-${at}`, name, plugin: "rulewright.write-to-log", settings: { text: "x" } }));
      await api("PUT", `/v1/pipelines/${id}/automation`, { stages: { new: { triggers: [], rules } } });
      await open(`/automation/${id}`);
      const tile = (name) => page.locator(".part", { hasText: name });
      await tile("Second").dragTo(tile("First"), { targetPosition: { x: 20, y: 4 } });
      await eventually(async () => {
        const { stages } = await api("GET", `/v1/pipelines/${id}/automation`);
        return stages.new.rules.map((rule) => rule.name).join() === "Second,First";
      }, "the draft has the new order");
      expect(true);
    },
  },
  {
    name: "without a connection a form says that it is not checked, and keeps what was written",
    async run({ page, context, open, api, expect, eventually }) {
      const { id, rule } = await withRule(api);
      await open(`/automation/${id}/parts/${rule}`);
      await context.setOffline(true);
      await page.locator("[data-unchecked]").waitFor({ state: "visible" });
      expect(await page.locator("#part-form .bar button").isDisabled(), "nothing can be saved");
      await page.locator("#part-name").fill("Kept");
      await context.setOffline(false);
      await eventually(async () => page.locator("#part-form .bar button").isEnabled(), "it is there again");
      expect((await page.locator("#part-name").inputValue()) === "Kept", "what was written is there");
    },
  },
  {
    name: "a tile says in a sentence what its rule does, in the language of whoever looks",
    async run({ page, open, api, expect }) {
      const { id, rule } = await withRule(api);
      const settings = { text: "Hello {{client.name}}, " + "and so on ".repeat(20) };
      const condition = { field: "order.total", operator: "at-least", value: "50" };
      const rules = [{ id: rule, name: "Say thanks", plugin: "rulewright.write-to-log", settings, condition, when: { run: "after", seconds: 7200 } }];
      await api("PUT", `/v1/pipelines/${id}/automation`, { stages: { new: { triggers: [], rules } } });
      await open(`/automation/${id}`);
      const said = await page.locator(`[data-part="${rule}"] .summary`).textContent();
      expect(said.startsWith("2 hours after entering New, Say thanks: Text “Hello {{client.name}}, and so on"), said);
      expect(/…”, if total is at least 50 [A-Z]{3}$/.test(said), `the text is cut: ${said}`);
      expect(!(await page.locator(`[data-part="${rule}"]`).textContent()).includes("failed in 7 days"), "it is well");
      await open(`/automation/${id}?lang=de`);
      const german = await page.locator(`[data-part="${rule}"] .summary`).textContent();
      expect(german.startsWith("2 Stunden nach dem Eintritt in New") && german.includes("wenn gilt: Summe ist mindestens 50"), german);
    },
  },
  {
    name: "a rule that fails says how often, and leads to just those runs",
    async run({ page, open, api, expect, eventually }) {
      const { id } = await pipeline(api);
      const rule = `f-${id}`;
      const rules = [{ id: rule, name: "Fails always", plugin: "rulewright.activity", settings: { subject: "{{ order.comments }}" } }];
      await api("PUT", `/v1/pipelines/${id}/automation`, { stages: { new: { triggers: [], rules } } });
      await api("POST", `/v1/pipelines/${id}/automation/publish`, {});
      const { order } = await api("POST", "/v1/orders", { pipeline: id, title: "Fails", currency: "EUR" });
      await eventually(async () => (await api("GET", `/v1/runs?order=${order}`)).items[0]?.state === "failed", "it fails");
      await open(`/automation/${id}`);
      const health = page.locator(`[data-part="${rule}"] .over a`);
      expect(/100\s% of 1 run failed in 7 days/.test(await health.textContent()), await health.textContent());
      await health.click();
      await page.waitForURL("**/runs?state=failed&rule=**");
      expect((await page.locator("tr[data-run]").count()) === 1, "just this run is listed");
    },
  },
  {
    name: "publishing says for how many orders a rule is, and for how many it comes too late",
    async run({ page, open, api, expect }) {
      const { id } = await withRule(api);
      await open(`/automation/${id}/publish`);
      const told = await page.locator("#reach").textContent();
      expect(/Publishes for about \S+ new orders? a day\.|Publishes for fewer than 1 new order a day\./.test(told), told);
      expect(told.includes("1 order already in New will not run it."), told);
    },
  },
  {
    name: "a trigger says its event, its stage and whether it moves back; what it does not move back is on the timeline",
    async run({ page, open, api, expect, eventually }) {
      const { id, order } = await pipeline(api);
      const trigger = { id: `t-${id}`, name: "Pays", plugin: "rulewright.payment", settings: { payment: "any" } };
      await api("PUT", `/v1/pipelines/${id}/automation`, { stages: { new: { triggers: [trigger], rules: [] } } });
      await api("POST", `/v1/pipelines/${id}/automation/publish`, {});
      await open(`/automation/${id}`);
      const tile = await page.locator(`[data-part="${trigger.id}"]`).textContent();
      expect(tile.includes("When a payment arrives, move to New: Payment “Any payment, a part too”"), tile);
      expect(tile.includes("Switching to a previous stage: off"), tile);
      await api("POST", `/v1/orders/${order}/stage`, { stage: "won" });
      await api("POST", `/v1/orders/${order}/payments`, { amount: { amount: "84.00", currency: "EUR" }, paid: true });
      await eventually(async () => {
        await open(`/orders/${order}?show=stage`);
        return (await page.locator("#timeline").textContent()).includes("Not moved: order is already past this stage (New)");
      }, "the timeline says why the order stays");
      expect((await api("GET", `/v1/orders/${order}`)).stage === "won", "it stays");
    },
  },
  {
    name: "from the dialog of a move its rules are tried with the very order",
    async run({ page, open, api, expect }) {
      const { id, order } = await withRule(api);
      await api("POST", `/v1/pipelines/${id}/automation/publish`, {});
      const { number } = await api("GET", `/v1/orders/${order}`);
      await open(`/orders?pipeline=${id}`);
      await page.locator(`#order-${order} [data-move]`).click();
      await page.locator("#move [data-dry-run]").click();
      await page.waitForURL("**/dry-run?**");
      expect(new URL(page.url()).searchParams.get("order") === order, page.url());
      expect((await page.locator("[name=order]").inputValue()) === number, "the order is filled in");
      expect((await page.locator("#report").textContent()).includes("Nothing was sent."), "it is tried");
    },
  },
];
