// Clients: found, shown, changed.
export default [
  {
    name: "a client is found by a part of the name, and the search stands in the address",
    async run({ page, open, api, expect }) {
      const client = (await api("GET", "/v1/clients?limit=1")).items[0];
      await open("/clients");
      await page.fill("input[name=q]", client.name.slice(0, 5));
      await page.keyboard.press("Enter");
      await page.waitForURL(/q=/);
      expect((await page.locator(`a[href="/clients/${client.id}"]`).count()) > 0 || (await page.locator("a[rel=next]").count()) > 0, "it is found");
    },
  },
  {
    name: "a mail address is added in the form and shown on the card",
    async run({ page, open, api, expect }) {
      const { client } = await api("POST", "/v1/clients", { kind: "contact", name: "Mira Holm" });
      await open(`/clients/${client}/edit`);
      await page.fill("input[name=emails-value]", "mira@example.com");
      await page.click("form[action$='/edit'] button[type=submit]");
      await page.waitForURL(new RegExp(`/clients/${client}$`));
      expect((await page.textContent("main")).includes("mira@example.com"), "it is there");
    },
  },
  {
    name: "nobody who matches is said as such",
    async run({ page, open, expect }) {
      await open("/clients?q=nobody-of-this-name");
      expect((await page.textContent("#clients-list")).includes("No clients match"), "filter-empty");
    },
  },
];
