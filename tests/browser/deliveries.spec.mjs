// Messages outward: readable, audible, and never run.
export default [
  {
    name: "a message is read in full and leads to its run and order",
    async run({ page, open, api, expect }) {
      const message = (await api("GET", "/v1/deliveries?limit=50")).items.find((one) => one.text);
      if (!message) return;
      await open(`/deliveries/${message.id}`);
      expect((await page.textContent("#said")).trim() === message.text.trim(), "the whole text");
      if (message.order) expect((await page.locator(`a[href="/orders/${message.order}"]`).count()) > 0, "its order");
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
      if (!call) return;
      await open(`/deliveries/${call.id}`);
      expect((await page.textContent("#said")).trim() === call.text.trim(), "the words are there");
      const speaks = await page.evaluate(() => "speechSynthesis" in window);
      expect((await page.locator("[data-speak]").isVisible()) === speaks, "a button where the browser can speak");
    },
  },
  {
    name: "a mail stands in a frame that may do nothing",
    async run({ page, open, api, expect }) {
      const mails = (await api("GET", "/v1/deliveries?channel=email&limit=50")).items;
      for (const mail of mails) {
        await open(`/deliveries/${mail.id}`);
        if ((await page.locator("iframe.mail").count()) === 0) continue;
        expect((await page.getAttribute("iframe.mail", "sandbox")) === "", "everything is forbidden");
        return;
      }
    },
  },
];
