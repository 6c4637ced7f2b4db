// A merchant with both helpdesks: where new handovers go, how that is changed, and what a disconnect passes on.

import { expectAccessible } from "./support/axe.ts";
import { openQuestion, row, toasts } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";
import { openZendesk, zendeskRow } from "./support/zendesk-screen.ts";

const HERE = "Handovers go here";

test("new handovers are moved to the second helpdesk, and passed back by a disconnect", async ({
  page,
  api,
  account,
  desk,
}) => {
  await api.connect(account.credentials);
  const dialog = await openZendesk(page);
  await dialog.fillClient(desk.credentials);
  await dialog.press("Save");
  await expect(toasts(page)).toContainText("Helpdesk integration saved successfully.");
  await expect(row(page)).toContainText(HERE);
  await expect(zendeskRow(page)).toContainText("New handovers go to Gorgias.");
  await expectAccessible(page);

  await zendeskRow(page).getByRole("button", { name: "Send them here", exact: true }).click();
  await expect(toasts(page)).toContainText("New handovers go to Zendesk. Those already accepted stay where they are.");
  await expect(zendeskRow(page)).toContainText(HERE);
  await expect(row(page)).not.toContainText(HERE);
  await expect(row(page)).toContainText("New handovers go to Zendesk.");
  await expect(zendeskRow(page).getByRole("button", { name: "Configure", exact: true })).toBeFocused();
  await expect(zendeskRow(page)).toContainText("Set as the handover destination by");

  await api.handOver();
  await expect.poll(async () => (await desk.tickets()).length).toBe(1);
  expect(await account.tickets()).toEqual([]);

  await zendeskRow(page).getByRole("button", { name: "Disconnect", exact: true }).click();
  const question = page.getByRole("dialog");
  await expect(question).toContainText("New handovers will go to Gorgias instead.");
  await question.getByRole("button", { name: "Disconnect", exact: true }).click();
  await expect(toasts(page)).toContainText("Zendesk integration disconnected successfully.");
  await expect(row(page)).toContainText(HERE);
  await expect(row(page)).not.toContainText("New handovers go to");

  await api.handOver();
  await expect.poll(async () => (await account.tickets()).length).toBe(1);
  expect(await openQuestion(page).then((only) => only.textContent())).not.toContain("New handovers will go to");
});

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false, live: false });

  test("new handovers are moved without a script", async ({ page, api, account, desk }) => {
    await api.connect(account.credentials);
    const dialog = await openZendesk(page);
    await dialog.fillClient(desk.credentials);
    await dialog.press("Save");
    await zendeskRow(page).getByRole("button", { name: "Send them here", exact: true }).click();
    await expect(toasts(page)).toHaveText("New handovers go to Zendesk. Those already accepted stay where they are.");
    await expect(zendeskRow(page)).toContainText(HERE);
  });
});

test.describe("a member", () => {
  test.use({ role: "member" });

  test("a member sees where handovers go and cannot change it", async ({ page, api, account, desk }) => {
    await api.connect(account.credentials);
    await api.connectZendesk(desk.credentials);
    await page.goto("/settings/integrations");
    await expect(zendeskRow(page)).toContainText("New handovers go to Gorgias.");
    await expect(zendeskRow(page).getByRole("button", { name: "Send them here", exact: true })).toBeDisabled();
  });
});
