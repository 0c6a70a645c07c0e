// Messages outward: readable, audible, and never run.
import { order, pipeline, rule, run } from "./shop.mjs";

export default [
  {
    name: "a message is read in full and leads to its run and order",
    async run({ page, open, api, expect }) {
      const message = (await api("GET", "/v1/deliveries?limit=50")).items.find((one) => one.text && one.order);
      await open(`/deliveries/${message.id}`);
      expect((await page.textContent("#said")).trim() === message.text.trim(), "the whole text");
      expect((await page.locator(`a[href="/orders/${message.order}"]`).count()) > 0, "its order");
    },
  },
  {
    name: "filters by channel stand in the address",
    async run({ page, open, expect }) {
      await open("/deliveries");
      await page.selectOption("select[name=channel]", "sms");
      await page.click("form.filters button[type=submit]");
      await page.waitForURL(/channel=sms/);
      expect((await page.inputValue("select[name=channel]")) === "sms", "the filter is kept");
    },
  },
  {
    name: "a call is read aloud by the browser, and is readable without",
    async run({ page, open, api, expect }) {
      const call = (await api("GET", "/v1/deliveries?channel=call&limit=50")).items.find((one) => one.text);
      await open(`/deliveries/${call.id}`);
      expect((await page.textContent("#said")).trim() === call.text.trim(), "the words are there");
      const speaks = await page.evaluate(() => "speechSynthesis" in window);
      expect((await page.locator("[data-speak]").isVisible()) === speaks, "a button where the browser can speak");
    },
  },
  {
    name: "a mail stands in a frame that may do nothing",
    async run(tab) {
      const { page, open, said, api, expect, eventually } = tab;
      const { client } = await api("POST", "/v1/clients", { kind: "contact", name: "Mira Mail", emails: [{ kind: "work", value: "mira@example.com" }] });
      const html = "<p>Hello <b>Mira</b></p><script>document.title = 'run'</script>";
      const mail = rule("Write", { plugin: "rulewright.send-email", settings: { subject: "Hello", html } });
      const made = await order(api, await pipeline(api, { new: { rules: [mail] } }), { contacts: [client] });
      await run(tab, made, "done");
      const [message] = (await api("GET", `/v1/deliveries?order=${made}`)).items;
      await open(`/deliveries/${message.id}`);
      expect((await page.getAttribute("iframe.mail", "sandbox")) === "", "everything is forbidden");
      const frame = page.frameLocator("iframe.mail");
      expect((await frame.locator("b").textContent()) === "Mira", "it is shown as its client sees it");
      await eventually(() => said.length > 0, "the browser says what it does not do");
      expect(said.splice(0).every((one) => one.startsWith("Blocked script execution")), "it ran nothing");
    },
  },
];
