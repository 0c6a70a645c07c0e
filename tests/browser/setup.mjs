// The first page of a new server, filled in.
export const PASSWORD = "tea without any milk";

/** Opens the link that `serve` prints, and sets the server up. */
export async function setUp(page, link, { sample }) {
  await page.goto(link);
  await page.locator("[name=name]").fill("Ada");
  await page.locator("[name=email]").fill("ada@shop.example");
  for (const name of ["password", "again"]) await page.locator(`[name=${name}]`).fill(PASSWORD);
  await page.locator("[name=sample]").setChecked(sample);
  await page.locator("form button[type=submit]").click();
  await page.waitForURL("**/orders**");
}
