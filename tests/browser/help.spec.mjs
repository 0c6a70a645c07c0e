// What codes mean, and what a form says while nobody hears it.
import { failed } from "./shop.mjs";

export default [
  {
    name: "a code leads to what it means, and is copied with what it was about",
    async run({ page, open, expect }) {
      await open("/orders/ord_999999999");
      expect((await page.locator("main [data-copy^='not-found']").count()) === 1, "the code can be copied");
      await page.locator("main a[href='/help/not-found']").click();
      await page.waitForURL("**/help/not-found");
      const heads = (await page.locator("main h2").allTextContents()).join();
      expect(heads === "What happened,What is kept,What to do", heads);
    },
  },
  {
    name: "a code that is pasted from the command line is looked up, and a slip is noticed",
    async run({ page, open, expect }) {
      await open("/help");
      await page.locator("main input[name=code]").fill("error[other-key]");
      await page.keyboard.press("Enter");
      await page.waitForURL("**/help/other-key");
      await open("/help/othr-key");
      expect((await page.locator("main a[href='/help/other-key']").count()) === 1, "the right one is named");
    },
  },
  {
    name: "a failed run says its code, what is kept and where to read on",
    async run(tab) {
      const { page, open, expect } = tab;
      const { id } = await failed(tab);
      await open(`/runs/${id}`);
      const note = page.locator("main .note.bad");
      expect((await note.locator(`[data-copy$='${id}']`).count()) === 1, "code and run can be copied");
      expect((await note.textContent()).includes("earlier steps"), await note.textContent());
      await note.locator("a[href^='/help/']").click();
      await page.waitForURL("**/help/*");
      expect((await page.locator("main h2").allTextContents()).includes("What to do"), "it is explained");
    },
  },
  {
    name: "a form that is sent without a connection says so, keeps what was written, and is sent when there is one",
    async run({ page, context, open, expect, eventually }) {
      await open("/account");
      await page.locator("[data-live-state]:not([data-lost])").waitFor();
      const name = page.locator("main form[action='/account'] [name=name]");
      const save = page.locator("main form[action='/account'] button[type=submit]");
      const unsent = page.locator("[data-unsent]");
      const before = await name.inputValue();
      await name.fill("Written offline");
      await context.setOffline(true);
      await page.locator("[data-offline]").waitFor({ state: "visible", timeout: 30_000 });
      await save.click();
      await unsent.waitFor();
      expect((await unsent.textContent()).startsWith("Not saved: there is no connection"), await unsent.textContent());
      expect((await unsent.getAttribute("role")) === "alert", "it is read aloud");
      expect(new URL(page.url()).pathname === "/account" && (await name.inputValue()) === "Written offline", "what was written is still there");
      await context.setOffline(false);
      await page.locator("[data-offline]").waitFor({ state: "hidden" });
      expect((await unsent.count()) === 0, "the message goes with its reason");
      const shown = (text) => eventually(async () => (await page.locator(".me summary").textContent()).includes(text), `${text} is saved`);
      await save.click();
      await shown("Written offline");
      await name.fill(before);
      await save.click();
      await shown(before);
    },
  },
];
