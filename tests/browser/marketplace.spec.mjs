// Plugins as somebody finds, questions, lets in and looks after them.

/** A plugin of the program that nothing uses, taken out so that it can be installed again. */
async function removed(api) {
  const { items } = await api("GET", "/v1/plugins");
  for (const { id, title } of items) {
    try {
      await api("DELETE", `/v1/plugins/${id}`);
      return { id, title };
    } catch { /* it is used */ }
  }
  throw new Error("every plugin is used");
}

const installed = async (api, id) => (await api("GET", "/v1/plugins")).items.some((one) => one.id === id);

/** Begins an installation, and waits for the question. */
async function begun({ page, open, expect, eventually }, plugin) {
  await open(`/marketplace/${plugin.id}`);
  await page.locator("form[action='/installs'] button").first().click();
  await page.waitForURL("**/installs/ins_*");
  await eventually(async () => (await page.locator("#question").count()) === 1, "the question comes by itself");
}

export default [
  {
    name: "a search for sms shows the plugin that sends them, and who answers for it",
    async run({ page, open, expect }) {
      await open("/marketplace");
      await page.locator("input[name=q]").fill("sms");
      await page.keyboard.press("Enter");
      await page.waitForURL("**q=sms**");
      const card = page.locator(".cards > li", { has: page.locator("a[href='/marketplace/rulewright.send-sms']") });
      expect((await card.count()) === 1, "Send SMS is there");
      expect((await card.textContent()).includes("Comes with Rulewright"), "who answers for it");
      await open("/marketplace?q=nothing-of-the-kind");
      expect((await page.locator(".empty a[href='/marketplace']").count()) === 1, "a way back to everything");
    },
  },
  {
    name: "a no leaves nothing, and nothing has the focus that says yes",
    async run(tab) {
      const { page, api, expect, eventually } = tab;
      const plugin = await removed(api);
      await begun(tab, plugin);
      const progress = page.locator("progress");
      expect(Number(await progress.getAttribute("aria-valuenow")) > 0, "a number");
      const told = await progress.getAttribute("aria-valuetext");
      expect(told.length > 0, "and words");
      expect((await page.evaluate(() => document.activeElement.closest("form[action$='/consent']"))) === null, "nobody is led to a yes");
      const before = page.url();
      await page.reload();
      expect(page.url() === before && (await progress.getAttribute("aria-valuetext")) === told, "a reload shows the same");
      await page.locator("button[form=decline]").click();
      await eventually(async () => (await page.locator("#question").count()) === 0, "the question is gone");
      expect(!(await installed(api, plugin.id)), "it is not installed");
      const { items } = await api("GET", "/v1/offers");
      expect(items.every((one) => one.plugin !== plugin.id), "no offer is left");
      await begun(tab, plugin);
      await page.locator("form[action$='/consent'] button:not([disabled])").last().click();
      await eventually(async () => (await page.locator(`a.button[href='/plugins/${plugin.id}']`).count()) === 1, "it runs");
      expect(await installed(api, plugin.id), "it is installed");
    },
  },
  {
    name: "what cannot be had says at which step, what was kept, and a code",
    async run({ page, open, expect, eventually }) {
      await open("/marketplace");
      await page.locator("details.card > summary").click();
      await page.locator("#source").fill("acme.nothing-of-the-kind");
      await page.locator("form[action='/installs']:has(#source) button").click();
      await page.waitForURL("**/installs/ins_*");
      await eventually(async () => (await page.locator("[role=alert] code").count()) > 0, "it is refused");
      const text = await page.locator(".note[role=alert]").textContent();
      expect(text.includes("not-found") && text.includes("Nothing has changed"), text);
    },
  },
  {
    name: "a file that is no component is sent and refused",
    async run({ page, open, expect, eventually }) {
      await open("/marketplace");
      await page.locator("details.card > summary").click();
      await page.locator("#component").setInputFiles({ name: "no.wasm", mimeType: "application/wasm", buffer: Buffer.from("no") });
      await page.locator("form[data-send-file] button").click();
      await page.waitForURL("**/installs/ins_*");
      await eventually(async () => (await page.locator("[role=alert] code").count()) > 0, "it is refused");
      expect((await page.locator("main").textContent()).includes("no.wasm"), "by its name");
    },
  },
  {
    name: "a plugin says where it is used, and is not removed there",
    async run({ page, open, expect }) {
      await open("/plugins");
      expect((await page.locator("#plugins-list tbody tr").count()) >= 60, "all of them");
      await open("/plugins/rulewright.send-email");
      expect((await page.locator("main a[href^='/automation/orders/parts/']").count()) > 0, "each rule that uses it");
      expect(await page.locator("button.danger").last().isDisabled(), "what is used stays");
      expect((await page.locator("#logs .filters").count()) === 1, "logs can be searched");
    },
  },
  {
    name: "what a plugin's steps use is a picture with percentiles, and the same as a table",
    async run({ page, open, expect, api }) {
      const { stages } = await api("GET", "/v1/pipelines/orders/automation");
      await open(`/plugins/${stages.new.rules[0].plugin}`);
      const charts = page.locator("#usage svg[role=img]");
      expect((await charts.count()) === 3, `${await charts.count()} charts`);
      expect((await charts.first().getAttribute("aria-label")).includes("95 of 100"), "it says its percentiles");
      expect((await charts.first().locator("title").count()) > 0, "each bar has a title");
      const table = page.locator("#usage details").first();
      await table.locator("summary").click();
      expect((await table.locator("tbody tr").count()) > 0, "the same as a table");
    },
  },
  {
    name: "a fixture from a file is played, shows what differs, and is copied as a command",
    async run({ page, open, expect, eventually }) {
      await open("/plugins/rulewright.add-comment/fixture");
      const text = JSON.stringify({ about: "From a file", expect: { stage: "lost" } });
      await page.locator("#fixture-file").setInputFiles({ name: "a.json", mimeType: "application/json", buffer: Buffer.from(text) });
      await eventually(async () => (await page.locator("#fixture").inputValue()) === text, "it can be looked at first");
      await page.locator("form[action$='/fixture'] button[type=submit]").click();
      await eventually(async () => (await page.locator("#fixture-result").count()) === 1, "it was played");
      const result = page.locator("#result");
      expect((await result.textContent()).includes("Nothing was sent"), "nothing was sent");
      expect((await result.locator("del").count()) > 0 && (await result.locator("ins").count()) > 0, "both sides");
      const copied = await result.locator("[data-copy]").getAttribute("data-copy");
      expect(copied.includes("rulewright plugin test") && copied.includes("From a file"), copied);
    },
  },
];
