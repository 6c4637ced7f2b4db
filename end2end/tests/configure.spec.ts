// An existing connection: changed without retyping the key, with a new key, and when its key stops working.

import { onCreate } from "./support/gorgias.ts";
import { badge, openDialog, row, toasts } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";
import { actions } from "./support/traffic.ts";

const FAILURE = "Connection failed. Please check your credentials and try again.";

test.beforeEach(async ({ api, account }) => {
  await api.connect(account.credentials);
});

test("the dialog shows what is saved, except the key", async ({ page, account }) => {
  const dialog = await openDialog(page, "Configure");
  await expect(dialog.all).toHaveAccessibleName("Configure Gorgias");
  await expect(dialog.subdomain).toHaveValue(account.credentials.subdomain);
  await expect(dialog.username).toHaveValue(account.credentials.username);
  await expect(dialog.key).toHaveValue("");
  await expect(dialog.key).toHaveAttribute("placeholder", "Saved");
  await expect(dialog.key).toHaveAccessibleDescription("Leave it empty to keep the saved key.");
});

test("the saved key can be tested and saved again without retyping it", async ({ page, account, api }) => {
  const dialog = await openDialog(page, "Configure");
  await dialog.test();
  await expect(dialog.told).toHaveText("Connection successful!");
  await dialog.save();
  await expect(toasts(page)).toHaveText("Helpdesk integration saved successfully.");
  await row(page).getByText("History of changes").click();
  await expect(row(page).locator(".history li").first()).toHaveText(/^Changed by Olive Owner/);
  // The stored key still opens the account.
  await api.handOverUntil("delivered");
  expect(await account.tickets()).toHaveLength(1);
});

test("a changed subdomain or user requires the key again, and the saved key goes nowhere else", async ({
  page,
  account,
  gorgias,
}) => {
  const other = await gorgias.account(`${account.credentials.subdomain}-other`);
  const sent = actions(page);
  const dialog = await openDialog(page, "Configure");
  const asked =
    "Enter the API key again. The saved key only works with the saved subdomain and username.";

  await dialog.fill({ subdomain: other.credentials.subdomain });
  await dialog.test();
  await expect(dialog.all.locator(".field-error:visible")).toHaveText([asked]);
  await expect(dialog.key).toBeFocused();

  await dialog.fill({ subdomain: account.credentials.subdomain, username: other.credentials.username });
  await dialog.save();
  await expect(dialog.all.locator(".field-error:visible")).toHaveText([asked]);
  expect(sent).toEqual([]);

  // With its own key, the other account works too.
  await dialog.fill(other.credentials);
  await dialog.save();
  await expect(row(page).getByRole("link", { name: `${other.credentials.subdomain}.gorgias.com` })).toBeVisible();
  const users = new Set((await other.requests()).map(({ user }) => user));
  expect(users).toEqual(new Set([other.credentials.username]));
});

test("a new key replaces the old one only if it works", async ({ page, account, api }) => {
  const dialog = await openDialog(page, "Configure");
  await dialog.fill({ key: "mistyped" });
  await dialog.save();
  await expect(dialog.told.getByRole("paragraph")).toHaveText([FAILURE, /rejected this email address and API key/]);
  await api.handOverUntil("delivered");

  await account.changeKey("a-new-key");
  await dialog.fill({ key: "a-new-key" });
  await dialog.save();
  await expect(dialog.all).toHaveCount(0);
  await api.handOverUntil("delivered");
  expect(await account.tickets()).toHaveLength(2);
});

test("a new key that cannot be tested does not replace one that works", async ({ page, account, api }) => {
  await account.fault({ kind: "drop_before_commit", method: "GET", path: "/api/account", times: 1 });
  const dialog = await openDialog(page, "Configure");
  await dialog.fill({ key: "perhaps-a-key" });
  await dialog.save();
  await expect(dialog.told).toContainText("Connection failed.");
  await expect(dialog.told).toContainText(
    "Nothing was changed. Your saved connection is still in use.",
  );
  expect((await api.integration()).state).toBe("connected");
  await api.handOverUntil("delivered");
});

test("when the key stops working, handovers are held until a new key sends them in order", async ({
  page,
  account,
  api,
}) => {
  await account.revokeKey();
  await api.handOverUntil("held", { summary: "First" });
  await api.handOverUntil("held", { summary: "Second" });

  const dialog = await openDialog(page, "Configure");
  await page.keyboard.press("Escape");
  await expect(row(page).locator(".badge")).toHaveText("Needs attention");
  await expect(row(page).getByRole("status")).toContainText(
    "Gorgias no longer accepts the saved credentials. Create a new key",
  );
  await expect(row(page).getByRole("status")).toContainText(
    "2 handovers are held. They become tickets, in order, as soon as Gorgias works again.",
  );

  await account.changeKey("a-new-key");
  await row(page).getByRole("button", { name: "Configure" }).click();
  await dialog.fill({ key: "a-new-key" });
  await dialog.save();
  await expect(badge(page, "Connected")).toBeVisible();
  await expect.poll(async () => (await account.tickets()).map(({ subject }) => subject)).toEqual(["First", "Second"]);
  await row(page).getByText("History of changes").click();
  await expect(row(page).locator(".history li")).toHaveText([
    /^Works again/,
    /^Changed by Olive Owner/,
    /^Stopped working/,
    /^Connected by Olive Owner/,
  ]);
});

test("a used-up quota is named as the problem", async ({ page, account, api }) => {
  await account.fault({ kind: "quota_used_up", ...onCreate });
  await api.handOverUntil("held");
  await openDialog(page, "Configure");
  await page.keyboard.press("Escape");
  await expect(row(page).getByRole("status")).toContainText("quota");
  expect((await api.integration()).problem).toBe("quota");
});
