// Disconnecting Gorgias, and cancelling it.

import { badge, handoverOf, INTEGRATIONS, openDialog, openQuestion, recent, row, toasts } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";
import { actions } from "./support/traffic.ts";

const QUESTION =
  "Are you sure you want to disconnect Gorgias? Ticket creation for handovers will stop working.";

test.beforeEach(async ({ api, account }) => {
  await api.connect(account.credentials);
});

test("disconnecting asks first, and Cancel changes nothing", async ({ page, api }) => {
  const sent = actions(page);
  const question = await openQuestion(page);
  await expect(question).toHaveAccessibleName("Disconnect Gorgias");
  await expect(question).toHaveAccessibleDescription(QUESTION);
  await expect(question.getByRole("paragraph")).toHaveText([QUESTION]);
  await expect(question.locator(".dialog-foot").getByRole("button")).toHaveText(["Disconnect", "Cancel"]);
  // Pressing Enter without reading must not disconnect.
  await expect(question.getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(question).toHaveCount(0);
  await expect(row(page).getByRole("button", { name: "Disconnect" })).toBeFocused();
  await expect(badge(page, "Connected")).toBeVisible();

  await row(page).getByRole("button", { name: "Disconnect" }).click();
  await page.keyboard.press("Escape");
  await expect(question).toHaveCount(0);
  await expect(row(page).getByRole("button", { name: "Disconnect" })).toBeFocused();
  expect(sent).toEqual([]);
  expect((await api.integration()).state).toBe("connected");
});

test("confirming disconnects, says so, and moves the focus to Connect", async ({ page, api }) => {
  const question = await openQuestion(page);
  await question.getByRole("button", { name: "Disconnect" }).click();
  await expect(toasts(page)).toHaveText("Gorgias integration disconnected successfully.");
  await expect(row(page).locator(".badge")).toHaveText("Not connected");
  await expect(row(page).getByRole("button")).toHaveText(["Connect"]);
  await expect(row(page).getByRole("button", { name: "Connect" })).toBeFocused();
  expect(await api.integration()).toMatchObject({ state: "not_connected", subdomain: null, username: null });
  await row(page).getByText("History of changes").click();
  await expect(row(page).locator(".history li").first()).toHaveText(/^Disconnected by Olive Owner/);
});

test("a colleague's disconnect appears without a reload", async ({ page, api }) => {
  // Advances the page's clock instead of waiting.
  await page.clock.install();
  await page.goto(INTEGRATIONS);
  await expect(badge(page, "Connected")).toBeVisible();
  await api.disconnect();
  await page.clock.runFor(10_000);
  await expect(row(page).locator(".badge")).toHaveText("Not connected");
});

test("disconnecting deletes the key: connecting again requires all three fields", async ({ page, api, account }) => {
  await api.disconnect();
  const dialog = await openDialog(page);
  const { subdomain, username } = account.credentials;
  await dialog.fill({ subdomain, username });
  await dialog.save();
  await expect(dialog.all.locator(".field-error:visible")).toHaveText(["Enter the API key."]);
});

test("the dialog says how many handovers wait; they are cancelled, and connecting again offers to send them", async ({
  page,
  api,
  account,
}) => {
  await account.revokeKey();
  await api.handOverUntil("held", { summary: "First" });
  await api.handOverUntil("held", { summary: "Second" });
  const question = await openQuestion(page);
  await expect(question.getByRole("paragraph")).toHaveText([
    QUESTION,
    "2 handovers are waiting. They will not become tickets unless you connect a helpdesk again and send them.",
  ]);
  await question.getByRole("button", { name: "Disconnect" }).click();
  for (const subject of ["First", "Second"]) {
    await expect(handoverOf(page, subject).locator(".badge")).toHaveText("Cancelled: Gorgias was disconnected");
  }

  await account.revokeKey(false);
  await api.connect(account.credentials);
  await page.goto(INTEGRATIONS);
  expect(await account.tickets(), "nothing goes by itself").toEqual([]);
  await row(page).getByRole("button", { name: "Send 2 undelivered handovers" }).click();
  await expect(toasts(page)).toHaveText("2 handovers are on their way.");
  await expect(recent(page).getByRole("heading", { level: 2 })).toBeFocused();
  await expect.poll(async () => (await account.tickets()).map(({ subject }) => subject)).toEqual(["First", "Second"]);
  await expect(row(page).getByRole("button", { name: /undelivered handover/ })).toHaveCount(0);
});

test("after disconnecting, handovers only email the team", async ({ page, api, account, mailbox, merchant }) => {
  const team = `team@${merchant}.test`;
  await api.notify(team);
  await api.disconnect();
  const id = await api.handOver({ summary: "For people only" });
  await api.until(id, "delivered", "email");
  expect(await api.delivery(id, "gorgias")).toBeUndefined();
  expect(mailbox.of(team).map(({ mail }) => mail.subject)).toEqual(["Handover: For people only"]);
  expect(await account.tickets()).toEqual([]);
  await page.goto(INTEGRATIONS);
  await expect(handoverOf(page, "For people only").locator(".badge")).toHaveText(["Team emailed"]);
});
