// The board of orders and the page of one, as staff use them: by mouse, by keyboard, and in two tabs at once.
import { order as anOrder, pipeline } from "./shop.mjs";

/** An order of its own, so that no check stands on another. */
async function made(api, more = {}) {
  const { items } = await api("GET", "/v1/pipelines");
  const pipeline = items.find((one) => one.id === "orders");
  const title = `Check ${Math.random().toString(36).slice(2, 10)}`;
  const { order } = await api("POST", "/v1/orders", { pipeline: pipeline.id, title, currency: "GBP", ...more });
  return { id: order, title, stages: pipeline.stages };
}

/** The board with this order alone: the demo's fifty newest may be others. */
const board = (order) => `/orders?pipeline=orders&q=${encodeURIComponent(order.title)}`;
const card = (page, order) => page.locator(`#order-${order.id}`);
const column = (page, stage) => page.locator(`.column[data-stage="${stage.id}"]`);
const stageOf = async (api, order) => (await api("GET", `/v1/orders/${order.id}`)).stage;

export default [
  {
    name: "a thousand orders are there in a moment, and no more cards than a browser bears",
    async run({ page, open, expect }) {
      // Nothing is kept by this browser yet: all scripts and styles are fetched.
      await open("/orders?pipeline=orders");
      const { cards, columns, interactive, weight } = await page.evaluate(() => {
        const [document_] = performance.getEntriesByType("navigation");
        const fetched = performance.getEntriesByType("resource").filter(({ name }) => !name.includes("/live?"));
        return {
          cards: document.querySelectorAll(".tile").length,
          columns: document.querySelectorAll(".column").length,
          interactive: document_.domContentLoadedEventEnd,
          weight: fetched.reduce((sum, { transferSize }) => sum + transferSize, document_.transferSize),
        };
      });
      expect(cards > 50 && cards <= 400, `${cards} cards in ${columns} columns`);
      expect(weight > 20_000 && weight < 120_000, `${weight} bytes`);
      expect(interactive < 1000, `interactive after ${interactive} ms`);
      console.log(`      the board: interactive after ${Math.round(interactive)} ms, ${weight} bytes in all`);
    },
  },
  {
    name: "a card that is dragged is moved, and another tab shows it",
    async run({ page, open, fresh, api, expect, eventually }) {
      const order = await made(api);
      const [, to] = order.stages;
      const other = await fresh();
      await other.open(board(order));
      await other.live();
      await open(board(order));
      await card(page, order).dragTo(column(page, to));
      await eventually(async () => (await stageOf(api, order)) === to.id, "the order is moved");
      await eventually(async () => (await column(other.page, to).locator(`#order-${order.id}`).count()) === 1, "the other tab shows it");
      await other.context.close();
      expect((await card(page, order).count()) === 1, "there is one card");
    },
  },
  {
    name: "a card is moved by the keyboard, keeps the focus, and Escape puts it back",
    async run({ page, open, seen, api, expect, eventually }) {
      const order = await made(api);
      const [from, to] = order.stages;
      await open(board(order));
      const link = card(page, order).locator("a").first();
      await link.focus();
      await page.keyboard.press("Space");
      expect((await page.locator("[data-say]").textContent()).includes("picked up"), "it is said that it is picked up");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Escape");
      expect((await column(page, from).locator(`#order-${order.id}`).count()) === 1, "it is back");
      expect((await stageOf(api, order)) === from.id, "nothing was moved");
      const looked = await seen("fresh");
      await page.keyboard.press("Space");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Space");
      await eventually(async () => (await stageOf(api, order)) === to.id, "the order is moved");
      await eventually(async () => (await seen("fresh")) > looked, "the page has looked again");
      expect((await page.evaluate(() => document.activeElement.closest(".tile")?.id)) === `order-${order.id}`, "the focus stays on the card");
    },
  },
  {
    name: "a card is moved by its button, which tells before what the move starts",
    async run({ page, open, fresh, api, expect, eventually }) {
      const order = await made(api);
      const to = order.stages.find((stage) => stage.id === "paid");
      const designed = await fresh();
      await designed.open("/automation/orders");
      await open(board(order));
      await card(page, order).locator("[data-move]").click();
      const choice = page.locator("#move .choice").filter({ has: page.locator(`input[value="${to.id}"]`) });
      const told = await choice.locator(".help").textContent();
      const names = await designed.page.locator(".column", { has: designed.page.locator(`#stage-${to.id}`) }).locator("ol .part:not(.off) > a").allTextContents();
      await designed.context.close();
      expect(names.length > 0 && told.includes(`Runs ${names.length} rules: ${names.join(", ")}`), `${told}; the designer has ${names}`);
      await choice.locator("input").check();
      await page.locator("#move button[type=submit]").click();
      // The last rule of the stage moves it on.
      await eventually(async () => [to.id, "packing"].includes(await stageOf(api, order)), "the order is moved");
    },
  },
  {
    name: "a move that is refused puts the card back and says why",
    async run({ page, open, api, expect, eventually }) {
      const order = await made(api);
      const [from, , to] = order.stages;
      await open(board(order));
      // Somebody else changes it, and this page does not hear of it.
      await page.route("**/live?*", (route) => route.abort());
      await page.evaluate((id) => { document.getElementById(id).dataset.at = "0"; }, `order-${order.id}`);
      await card(page, order).dragTo(column(page, to));
      await eventually(async () => (await page.locator("#toasts [role=alert]").count()) === 1, "it is said");
      expect((await column(page, from).locator(`#order-${order.id}`).count()) === 1, "the card is back");
      expect((await stageOf(api, order)) === from.id, "nothing was moved");
    },
  },
  {
    name: "a change that arrives while a card is in the hand does not take it out of the hand",
    async run({ page, open, seen, live, api, expect, eventually }) {
      const [held, changed] = [await made(api), await made(api)];
      const [, to] = held.stages;
      await open(`/orders?pipeline=orders&q=Check`);
      await live();
      await card(page, held).hover();
      await page.mouse.down();
      const { x, y } = await column(page, to).boundingBox();
      await page.mouse.move(x + 40, y + 60, { steps: 5 });
      await api("POST", `/v1/orders/${changed.id}/stage`, { stage: to.id });
      await eventually(async () => (await seen("held")) > 0, "the page has put off to look");
      await page.mouse.move(x + 44, y + 64, { steps: 3 });
      await page.mouse.up();
      await eventually(async () => (await stageOf(api, held)) === to.id, "the card was dropped where it was held");
      await eventually(async () => (await column(page, to).locator(`#order-${changed.id}`).count()) === 1, "and the change is shown after it");
      expect(true);
    },
  },
  {
    name: "what was under way when a card was picked up does not put it down",
    async run({ page, open, seen, live, api, eventually }) {
      const id = await pipeline(api);
      const [held, changed] = [await anOrder(api, id), await anOrder(api, id)];
      await open(`/orders?pipeline=${id}`);
      await live();
      let go;
      const gate = new Promise((opened) => { go = opened; });
      let asked = 0;
      await page.route("**/orders?pipeline=*", async (route) => { asked += 1; await gate; await route.continue(); });
      await api("POST", `/v1/orders/${changed}/stage`, { stage: "paid" });
      await eventually(() => asked > 0, "the page looks again");
      await page.locator(`#order-${held} a`).first().focus();
      await page.keyboard.press("Space");
      go();
      await eventually(async () => (await seen("held")) > 0, "the page has put off what it saw");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Space");
      await eventually(async () => (await api("GET", `/v1/orders/${held}`)).stage === "packed", "the order is moved");
      await eventually(async () => (await page.locator(`.column[data-stage=paid] #order-${changed}`).count()) === 1, "the change is shown after it");
    },
  },
  {
    name: "a comment is on the timeline, and tabs show one kind",
    async run({ page, open, live, api, expect, eventually }) {
      const order = await made(api);
      await open(`/orders/${order.id}`);
      await page.locator("#comment").fill("She calls back");
      await page.locator("#comment + button").click();
      await eventually(async () => (await page.locator("#timeline [data-kind=comment]").count()) === 1, "the comment is there");
      const times = await page.locator("#timeline time").evaluateAll((all) => all.map((time) => time.dateTime));
      expect(times.length > 0 && times.every((time) => !Number.isNaN(Date.parse(time))), "times can be read by programs");
      await live();
      await api("POST", `/v1/orders/${order.id}/stage`, { stage: order.stages[1].id });
      await eventually(async () => (await page.locator("#timeline [data-kind=stage-change]").count()) > 0, "a move is shown without loading again");
      await page.locator(".tabs a", { hasText: "Stage" }).click();
      await page.waitForURL("**show=stage**");
      expect((await page.locator("#timeline [data-kind=comment]").count()) === 0, "the comment is not of that kind");
    },
  },
  {
    name: "every rule of the stage has an answer why",
    async run({ page, open, api, expect, eventually }) {
      const order = await made(api);
      await open(`/orders/${order.id}`);
      await eventually(async () => (await page.locator("#why li .pill").count()) > 0, "there are answers");
      expect((await page.locator("#why li").first().textContent()).trim().length > 10, "in sentences");
    },
  },
  {
    name: "two hundred orders are moved as a job whose counts add up",
    async run({ page, open, api, expect }) {
      const id = await pipeline(api);
      // A few at a time: a server has better things to do than to hold two hundred connections.
      for (let some = 0; some < 10; some += 1) await Promise.all(Array.from({ length: 20 }, () => anOrder(api, id)));
      await open(`/orders?pipeline=${id}&view=list`);
      await page.locator("input[name=which][value=all]").check();
      await page.locator("select[name=to-stage]").selectOption("paid");
      await page.locator("form[action='/orders/bulk'] button[type=submit]").click();
      await page.waitForURL("**/orders/jobs/*");
      const count = async (of) => Number(await page.locator(`[data-count=${of}]`).textContent());
      await page.waitForFunction(() => !document.querySelector("#job[data-again]"), null, { timeout: 60_000 });
      expect((await count("done")) === 200 && (await count("failed")) === 0 && (await count("left")) === 0, "all are moved");
      await open(`/orders?pipeline=${id}`);
      expect((await page.locator(".column[data-stage=paid]").textContent()).includes("200 orders"), "and stand there");
    },
  },
  {
    name: "of chosen orders, the one that is refused is listed, and can be had as a table",
    async run({ page, open, api, expect, eventually }) {
      const id = await pipeline(api);
      const orders = [await anOrder(api, id), await anOrder(api, id), await anOrder(api, id)];
      // This page does not hear that one of them goes.
      await page.route("**/live?*", (route) => route.abort());
      await open(`/orders?pipeline=${id}&view=list`);
      for (const order of orders) await page.locator(`input[name=order][value="${order}"]`).check();
      await api("DELETE", `/v1/orders/${orders[1]}`);
      await page.locator("select[name=to-stage]").selectOption("paid");
      await page.locator("form[action='/orders/bulk'] button[type=submit]").click();
      await page.waitForURL("**/orders/jobs/*");
      await page.unroute("**/live?*");
      await eventually(async () => {
        await page.reload();
        return (await page.locator("#job[data-again]").count()) === 0;
      }, "the job ends");
      const count = async (of) => Number(await page.locator(`[data-count=${of}]`).textContent());
      expect((await count("done")) === 2 && (await count("failed")) === 1 && (await count("left")) === 0, "the counts add up");
      expect((await page.locator("#job").textContent()).includes(orders[1]), "the refused one is named");
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download failures as CSV" }).click()]);
      const table = await (await import("node:fs/promises")).readFile(await download.path(), "utf8");
      expect(table.split("\r\n")[1].startsWith(`${orders[1]},`), table);
    },
  },
  {
    name: "a published rule is run for chosen orders after a look at what that comes to, and once",
    async run({ page, open, api, expect, eventually }) {
      const id = `zz-bulk-${Math.random().toString(36).slice(2, 8)}`;
      const stages = [["new", "New", "open"], ["won", "Won", "won"]].map(([id, name, kind]) => ({ id, name, kind }));
      await api("PUT", `/v1/pipelines/${id}`, { name: `Bulk ${id}`, kind: "order", stages });
      const orders = [];
      for (const at of [1, 2, 3]) orders.push((await api("POST", "/v1/orders", { pipeline: id, title: `Chosen ${at}`, currency: "EUR" })).order);
      await api("POST", `/v1/orders/${orders[2]}/stage`, { stage: "won" });
      const rules = [{ id: `r-${id}`, name: "Say thanks", plugin: "rulewright.write-to-log", settings: { text: "Thanks" } }];
      await api("PUT", `/v1/pipelines/${id}/automation`, { stages: { new: { triggers: [], rules } } });
      await api("POST", `/v1/pipelines/${id}/automation/publish`, {});
      const count = async (of) => Number(await page.locator(`[data-count="${of}"]`).textContent());
      const choose = async () => {
        await open(`/orders?pipeline=${id}&view=list`);
        await page.locator("input[name=which][value=all]").check();
        await page.locator("select[name=to-rule]").selectOption(rules[0].id);
        await page.locator("form[action='/orders/bulk'] button[type=submit]").click();
        await page.locator("[data-count=would-run]").waitFor();
      };
      await choose();
      expect((await count("would-run")) === 2 && (await count("elsewhere")) === 1, "two would run, one is elsewhere");
      expect((await api("GET", `/v1/runs?rule=${rules[0].id}`)).items.length === 0, "nothing is begun by looking");
      await page.getByRole("button", { name: "Start for 2 orders" }).click();
      await page.waitForURL("**/orders/jobs/*");
      await eventually(async () => (await page.locator("#job[data-again]").count()) === 0, "the job ends");
      expect((await count("done")) === 2 && (await count("failed")) === 1 && (await count("left")) === 0, "the counts add up");
      expect((await page.textContent("#job")).includes("not in the stage of the rule"), "it says why not");
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[download][href$='/failures.csv']")]);
      expect(/^failures-\d+\.csv$/.test(download.suggestedFilename()), download.suggestedFilename());
      await eventually(async () => (await api("GET", `/v1/runs?rule=${rules[0].id}&state=done`)).items.length === 2, "the rule ran");
      await choose();
      expect((await count("had-run")) === 2, "it has run");
      expect(await page.getByRole("button", { name: "Start for 0 orders" }).isDisabled(), "not again");
    },
  },
  {
    name: "on a narrow screen the board scrolls and the page does not",
    options: { viewport: { width: 390, height: 800 } },
    async run({ page, open, expect }) {
      await open("/orders?pipeline=orders");
      expect((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, "the page has no room to the side");
      expect(await page.evaluate(() => { const one = document.querySelector(".board"); return one.scrollWidth > one.clientWidth; }), "the board has");
    },
  },
];
