// Settings, as an owner uses them: nothing is lost by a reload, and what is shown once is shown once.
const random = () => Math.random().toString(36).slice(2, 10);

export default [
  {
    name: "every part is reached by its tab, and each has one heading",
    async run({ page, open, expect }) {
      await open("/settings");
      const parts = await page.locator("nav.tabs a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
      expect(parts.length === 14, parts.join(" "));
      for (const part of parts) {
        await open(part);
        expect((await page.locator("h1").count()) === 1, `${part} has one heading`);
        expect((await page.locator("nav.tabs a[aria-current=page]").getAttribute("href")) === part, `the tab of ${part}`);
      }
    },
  },
  {
    name: "a stage that is moved on the page is saved where it stands",
    async run({ page, open, api, expect, eventually }) {
      const name = `Check ${random()}`;
      await open("/settings/pipelines");
      await page.getByLabel("Name", { exact: true }).fill(name);
      await page.getByLabel("First stages").fill("First\nSecond\nThird");
      await page.getByRole("button", { name: "Add pipeline" }).click();
      await page.getByRole("status").filter({ hasText: "Saved" }).waitFor();
      const id = new URL(page.url()).pathname.split("/").pop();
      await page.getByRole("button", { name: "Move Third up" }).click();
      await page.getByRole("button", { name: "Remove Second" }).waitFor();
      const shown = () => page.locator("input[name=stage-name]").evaluateAll((all) => all.map((one) => one.value).join(" "));
      await eventually(async () => (await shown()) === "First Third Second", "the rows have changed places");
      const stored = async () => (await api("GET", `/v1/pipelines/${id}`)).stages.map((stage) => stage.name).join(" ");
      expect((await stored()) === "First Second Third", "nothing is saved yet");
      await page.getByRole("button", { name: "Save" }).click();
      await eventually(async () => (await stored()) === "First Third Second", "the pipeline is saved");
      await api("DELETE", `/v1/pipelines/${id}`);
    },
  },
  {
    name: "a token is shown once, and revoking it asks first with the safe choice in focus",
    async run({ page, open, expect, eventually }) {
      const name = `check-${random()}`;
      await open("/settings/tokens");
      await page.locator("#in-name").fill(name);
      await page.locator("input[name=scope][value=orders-read]").check();
      await page.getByRole("button", { name: "Create token" }).click();
      const secret = await page.locator("#once code").textContent();
      expect(secret.startsWith("rw_"), secret);
      await open("/settings/tokens");
      expect(!(await page.content()).includes(secret), "it is not shown again");
      const row = page.locator("tr", { hasText: name });
      await row.getByRole("button", { name: "Revoke" }).click();
      const dialog = page.locator("dialog[open]");
      expect((await dialog.textContent()).includes(name), "the dialog names it");
      expect((await page.evaluate(() => document.activeElement.textContent)) === "Cancel", "the safe choice has the focus");
      await page.keyboard.press("Escape");
      await eventually(async () => (await dialog.count()) === 0, "Escape closes it");
      expect((await row.count()) === 1, "the token is still there");
      await row.getByRole("button", { name: "Revoke" }).click();
      await dialog.getByRole("button", { name: "Revoke" }).click();
      await eventually(async () => (await row.count()) === 0, "it is gone");
    },
  },
  {
    name: "somebody who is invited comes in by the link, and sees no more than their role has",
    async run({ page, open, expect, browser }) {
      const name = `Check ${random()}`;
      await open("/settings/accounts");
      await page.locator("#in-name").fill(name);
      await page.locator("#in-email").fill(`${random()}@shop.example`);
      await page.locator("#in-role").selectOption("viewer");
      await page.getByRole("button", { name: "Invite" }).click();
      const link = await page.locator("#once code").textContent();
      const context = await browser.newContext();
      const guest = await context.newPage();
      await guest.goto(link);
      await guest.waitForURL("**/orders**");
      await guest.goto(new URL("/settings", link).href);
      expect((await guest.locator("nav.tabs a").count()) === 7, "a viewer has seven parts");
      const refused = await guest.goto(new URL("/settings/tokens", link).href);
      expect(refused.status() === 403, `${refused.status()}`);
      await context.close();
      await page.getByRole("button", { name: "Remove account" }).click();
      await page.locator("dialog[open]").getByRole("button", { name: "Remove account" }).click();
      await page.getByRole("status").filter({ hasText: "Removed" }).waitFor();
    },
  },
  {
    name: "a template is uploaded as a file, replaced by a newer one, and downloaded as it is",
    async run({ page, open, api, expect, eventually }) {
      const name = `check-${random()}`;
      const { items } = await api("GET", "/v1/numerators");
      const file = (text) => ({ name: "offer.typ", mimeType: "application/octet-stream", buffer: Buffer.from(text) });
      await open("/settings/documents/files");
      await page.locator("#in-name").fill(name);
      await page.locator("#in-title").fill("Offer");
      await page.locator("#in-numerator").selectOption(items[0].name);
      await page.locator("#in-file").setInputFiles({ ...file("x"), name: "offer.pdf" });
      await page.getByRole("button", { name: "Upload template" }).click();
      await page.getByRole("alert").filter({ hasText: "offer.pdf is no template" }).waitFor();
      expect((await page.locator("#in-name").inputValue()) === name, "what was typed stays");
      await page.locator("#in-file").setInputFiles(file("= Offer"));
      await page.getByRole("button", { name: "Upload template" }).click();
      await page.getByRole("status").filter({ hasText: "Saved" }).waitFor();
      await open(`/settings/documents/templates/${name}`);
      const digest = () => page.locator("#digest").textContent();
      const first = await digest();
      await page.locator("#in-file").setInputFiles(file("= Another offer"));
      await page.getByRole("button", { name: "Replace file" }).click();
      await eventually(async () => (await digest()) !== first, "another version");
      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: "Download" }).click();
      const stream = await (await download).createReadStream();
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString() === "= Another offer", "the file as it was uploaded");
      await page.getByRole("button", { name: "Remove template" }).click();
      await page.locator("dialog[open]").getByRole("button", { name: "Remove template" }).click();
      await page.getByRole("status").filter({ hasText: "Removed" }).waitFor();
    },
  },
  {
    name: "values of a dictionary change places on the page, and are saved in their new order",
    async run({ page, open, api, expect, eventually }) {
      const name = `check-${random()}`;
      await open("/settings/dictionaries");
      await page.locator("#in-title").fill("Colours");
      await page.locator("#in-name").fill(name);
      await page.getByRole("button", { name: "Add dictionary" }).click();
      await page.getByRole("status").filter({ hasText: "Saved" }).waitFor();
      for (const [index, value] of ["Red", "Blue"].entries()) {
        await page.getByRole("button", { name: "Add value" }).click();
        await page.getByLabel(`Value ${index + 1}: name`).fill(value);
      }
      await page.getByRole("button", { name: "Move 2 up" }).click();
      const shown = () => page.locator("input[name=entry-name]").evaluateAll((all) => all.map((one) => one.value).join(" "));
      await eventually(async () => (await shown()) === "Blue Red", "the rows have changed places");
      const stored = async () => (await api("GET", `/v1/dictionaries/${name}`)).entries.map((entry) => entry.name).join(" ");
      expect((await stored()) === "", "nothing is saved yet");
      await page.getByRole("button", { name: "Save" }).click();
      await eventually(async () => (await stored()) === "Blue Red", "the values are saved in this order");
      await api("DELETE", `/v1/dictionaries/${name}`);
    },
  },
  {
    name: "a segment is put together from rows, and tells how many clients belong to it",
    async run({ page, open, api, expect }) {
      const name = `check-${random()}`;
      await open("/settings/segments/new");
      await page.locator("#in-name").fill(name);
      await page.locator("#in-title").fill("Called by nobody");
      await page.getByRole("button", { name: "Add a condition" }).click();
      await page.locator("select[name='/condition/0/field'], input[name='/condition/0/field']").waitFor();
      expect((await page.locator("#in-title").inputValue()) === "Called by nobody", "what was typed stays");
      await page.getByRole("button", { name: "Write it as JSON" }).click();
      const condition = { field: "client.name", operator: "equals", value: name };
      await page.locator("textarea[name='/condition~text']").fill(JSON.stringify(condition));
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("status").filter({ hasText: "Saved" }).waitFor();
      expect((await page.locator("#clients").textContent()) === "0 clients", "nobody is called so");
      await api("DELETE", `/v1/segments/${name}`);
    },
  },
  {
    name: "an item is written into a list and is there",
    async run({ page, open, api, expect }) {
      const name = `check-${random()}`;
      await open("/settings/lists/new");
      await page.locator("#in-name").fill(name);
      await page.locator("#in-title").fill("Prices");
      await page.getByLabel("Field 1: name").fill("sku");
      await page.getByLabel("Field 1: whether it must be filled in").selectOption("required");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("link", { name: "Add item" }).click();
      await page.getByLabel("sku").fill("85123A");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("cell", { name: "85123A" }).waitFor();
      await api("DELETE", `/v1/lists/${name}`);
      expect((await api("GET", "/v1/lists")).items.every((list) => list.name !== name), "it is gone");
    },
  },
  {
    name: "what is wrong is told, and what was typed stays",
    async run({ page, open, expect }) {
      await open("/settings/shop");
      await page.locator("#in-zone").fill("Mars/Olympus");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("alert").filter({ hasText: "Mars/Olympus" }).waitFor();
      expect((await page.locator("#in-zone").inputValue()) === "Mars/Olympus", "the zone that was typed");
    },
  },
  {
    name: "a language a third longer has room on every part",
    async run({ page, open, expect }) {
      await open("/settings");
      const parts = await page.locator("nav.tabs a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
      for (const part of ["/settings", ...parts]) {
        await open(`${part}?lang=en-XA`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(over <= 0, `${part}: ${over} px too wide`);
      }
    },
  },
];
