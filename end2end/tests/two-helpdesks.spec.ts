// A merchant with both helpdesks: where new handovers go, how that is changed, and what a disconnect passes on.

import { expectAccessible } from "./support/axe.ts";
import { INTEGRATIONS, openQuestion, row, toasts } from "./support/screen.ts";
import { expectNoSideways } from "./support/sideways.ts";
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

test("handovers that wait for a broken helpdesk are moved to the other one", async ({ page, api, account, desk }) => {
  await api.connect(account.credentials);
  await account.revokeKey();
  const waiting = [await api.handOver(), await api.handOver()];
  for (const id of waiting) {
    await api.until(id, "held");
  }
  await api.connectZendesk(desk.credentials);
  await page.goto(INTEGRATIONS);
  const move = zendeskRow(page).getByRole("button", { name: "Move the 2 waiting handovers here", exact: true });
  await expect(move).toBeVisible();
  await expect(row(page).getByRole("button", { name: /^Move the/ })).toHaveCount(0);
  await expectAccessible(page, "with handovers to move");
  await page.setViewportSize({ width: 375, height: 740 });
  await expectNoSideways(page, "with handovers to move");

  await move.click();
  await expect(toasts(page)).toContainText("New and waiting handovers go to Zendesk.");
  await expect(move).toHaveCount(0);
  await expect(zendeskRow(page).getByRole("button", { name: "Configure", exact: true })).toBeFocused();
  await expect(zendeskRow(page)).toContainText(HERE);
  await zendeskRow(page).getByText("History of changes").click();
  await expect(zendeskRow(page).locator(".history li").first()).toContainText("Waiting handovers moved here by Olive Owner");
  for (const id of waiting) {
    await api.until(id, "delivered", "zendesk");
    expect(await api.delivery(id)).toBeUndefined();
  }
  expect((await desk.tickets()).map((ticket) => ticket.external_id).sort()).toEqual([...waiting].sort());

  // The other helpdesk works again, and gets none of them.
  await account.revokeKey(false);
  await api.connect(account.credentials);
  await page.reload();
  await expect(zendeskRow(page).getByRole("button", { name: /^Move the/ })).toHaveCount(0);
  expect(await account.tickets()).toEqual([]);
});

test("a receiver takes over what waits for a helpdesk that broke later", async ({ page, api, account, desk }) => {
  await api.connect(account.credentials);
  await account.revokeKey();
  const id = await api.handOver();
  await api.until(id, "held");
  await api.connectZendesk(desk.credentials);
  await page.goto(INTEGRATIONS);
  await zendeskRow(page).getByRole("button", { name: "Send them here", exact: true }).click();
  await expect(zendeskRow(page)).toContainText(HERE);
  expect((await api.delivery(id))?.state).toBe("held");
  // The row that receives them still offers to move them.
  await zendeskRow(page).getByRole("button", { name: "Move the waiting handover here", exact: true }).click();
  await expect(toasts(page)).toContainText("New and waiting handovers go to Zendesk.");
  await api.until(id, "delivered", "zendesk");
  expect(await desk.tickets()).toHaveLength(1);
});

test("the API moves waiting handovers only if it is asked to", async ({ api, account, desk }) => {
  await api.connect(account.credentials);
  await account.revokeKey();
  const id = await api.handOver();
  await api.until(id, "held");
  await api.connectZendesk(desk.credentials);
  expect((await api.call("PUT", "integrations/zendesk/receives")).status).toBe(200);
  expect((await api.delivery(id))?.state).toBe("held");
  expect((await api.call("PUT", "integrations/zendesk/receives", { move_waiting: true })).status).toBe(200);
  await api.until(id, "delivered", "zendesk");
});

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false, live: false });

  test("waiting handovers are moved without a script", async ({ page, api, account, desk }) => {
    await api.connect(account.credentials);
    await account.revokeKey();
    const id = await api.handOver();
    await api.until(id, "held");
    await api.connectZendesk(desk.credentials);
    await page.goto(INTEGRATIONS);
    await zendeskRow(page).getByRole("button", { name: "Move the waiting handover here", exact: true }).click();
    await expect(toasts(page)).toContainText("New and waiting handovers go to Zendesk.");
    await api.until(id, "delivered", "zendesk");
  });

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
    await account.revokeKey();
    await api.until(await api.handOver(), "held");
    await expect(zendeskRow(page).getByRole("button", { name: "Move the waiting handover here", exact: true })).toBeDisabled();
  });
});
