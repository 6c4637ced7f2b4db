// The API key: visible when the merchant wants to see it, and never sent back by the server.

import { INTEGRATIONS, openDialog, row } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";
import { arrivals } from "./support/traffic.ts";

test("the eye shows the key and hides it again", async ({ page }) => {
  const dialog = await openDialog(page);
  await dialog.fill({ key: "geheim" });
  await expect(dialog.key).toHaveAttribute("type", "password");
  await dialog.button("Show API key").click();
  await expect(dialog.key).toHaveAttribute("type", "text");
  await expect(dialog.key).toHaveValue("geheim");
  await expect(dialog.button("Show API key")).toHaveCount(0);
  // The eye is not a submit button, so it tested nothing.
  await expect(dialog.told).toBeEmpty();
  await dialog.button("Hide API key").click();
  await expect(dialog.key).toHaveAttribute("type", "password");
  await expect(dialog.key).toHaveValue("geheim");
});

test("no response ever contains the key", async ({ page, account, context }) => {
  const { key, username } = account.credentials;
  const arrived = arrivals(page);
  const sent: string[] = [];
  page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));

  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.test();
  await expect(dialog.told).toHaveText("Connection successful!");
  await dialog.fill({ key: `${key}-wrong` });
  await dialog.save();
  await expect(dialog.told).toContainText("Connection failed.");
  await dialog.fill({ key });
  await dialog.save();
  await expect(dialog.all).toHaveCount(0);
  await row(page).getByRole("button", { name: "Configure" }).click();
  await dialog.test();
  await expect(dialog.told).toHaveText("Connection successful!");
  await page.reload();
  const list = await context.request.get("/v1/integrations");

  // The check works: it caught the username, and the key on its way out.
  const everything = [await arrived.whole(), await list.text(), await page.content(), page.url()].join("\n");
  expect(everything).toContain(username);
  expect(sent.filter((request) => request.includes(key)).length).toBeGreaterThanOrEqual(3);
  expect(everything).not.toContain(key);
  // The key was never in an address, and the page does not store it.
  expect(sent.filter((request) => request.split(" ")[0]?.includes(key))).toEqual([]);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  expect(kept).toBe(JSON.stringify([{}, {}, ""]));
});

test("a closed dialog leaves nothing of what was typed in the page", async ({ page, account }) => {
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.button("Show API key").click();
  await dialog.button("Cancel").click();
  await expect(dialog.all).toHaveCount(0);
  // A closing dialog is invisible before it is removed.
  const values = () => page.evaluate(() => [...document.querySelectorAll("input")].map((input) => input.value).join());
  await expect.poll(values).not.toContain(account.credentials.key);
  await page.goto(INTEGRATIONS);
  await page.goBack();
  expect(await page.content()).not.toContain(account.credentials.key);
});
