// A team and a priority for tickets: chosen in the dialog, shown on the ticket, and rejected by the helpdesk.

import { expectAccessible } from "./support/axe.ts";
import { ConnectDialog, INTEGRATIONS, openDialog, row, toasts } from "./support/screen.ts";
import { expectNoSideways } from "./support/sideways.ts";
import { expect, test } from "./support/test.ts";
import { ZendeskDialog, zendeskRow } from "./support/zendesk-screen.ts";

const LEAVE = "Leave it to the rules in Gorgias";
const SAVED = "Helpdesk integration saved successfully.";

test("a team and a priority for Gorgias are on the next ticket", async ({ page, api, account }) => {
  const first = await openDialog(page);
  await expect(first.all.getByLabel("Priority", { exact: true })).toHaveCount(0);
  await first.fill(account.credentials);
  await first.save();
  await expect(toasts(page)).toHaveText(SAVED);
  const billing = await account.addTeam("Billing <b>& more</b>");
  await api.connect(account.credentials);

  const dialog = await openDialog(page, "Configure");
  const team = dialog.all.getByLabel("Team", { exact: true });
  const priority = dialog.all.getByLabel("Priority", { exact: true });
  await expect(team.locator("option")).toHaveText([LEAVE, "Support", "Billing <b>& more</b>"]);
  await expect(priority.locator("option")).toHaveText([LEAVE, "Low", "Normal", "High", "Urgent"]);
  await expect(team).toHaveValue("");
  await expectAccessible(page, "with a team to choose");
  // By keyboard, as in any native list.
  await dialog.key.press("Tab");
  await team.focus();
  await team.press("End");
  await priority.selectOption("Urgent");
  await dialog.save();
  await expect(toasts(page)).toHaveText(SAVED);
  await expect(row(page).locator(".facts")).toContainText("Billing <b>& more</b>");
  await expect(row(page).locator(".facts")).toContainText("Urgent");

  await api.handOverUntil("delivered");
  const [ticket] = await account.tickets();
  expect(ticket).toMatchObject({ assignee_team: billing, priority: "critical" });
  expect(await account.sentToShoppers()).toEqual([]);

  const again = await openDialog(page, "Configure");
  await expect(again.all.getByLabel("Team", { exact: true })).toHaveValue(String(billing));
  await expect(again.all.getByLabel("Priority", { exact: true })).toHaveValue("urgent");
  await again.all.getByLabel("Team", { exact: true }).selectOption(LEAVE);
  await again.all.getByLabel("Priority", { exact: true }).selectOption(LEAVE);
  await again.save();
  await expect(row(page).locator(".facts")).not.toContainText("Billing");
});

test("a group and a priority for Zendesk are on the next ticket", async ({ page, api, desk }) => {
  const billing = await desk.addGroup("Billing");
  await api.connectZendesk(desk.credentials);
  await page.goto(INTEGRATIONS);
  await zendeskRow(page).getByRole("button", { name: "Configure", exact: true }).click();
  const dialog = new ZendeskDialog(page);
  await dialog.all.getByLabel("Group", { exact: true }).selectOption("Billing");
  await dialog.all.getByLabel("Priority", { exact: true }).selectOption("High");
  await dialog.press("Save");
  await expect(toasts(page)).toHaveText(SAVED);
  await expect(zendeskRow(page).locator(".facts")).toContainText("Billing");
  await api.until(await api.handOver(), "delivered", "zendesk");
  const [ticket] = await desk.tickets();
  expect(ticket).toMatchObject({ group: billing, priority: "high" });
  expect(await desk.sentToShoppers()).toEqual([]);
});

test("a deleted team costs no ticket, and the row says what to do", async ({ page, api, account }) => {
  const billing = await account.addTeam("Billing");
  await api.connect(account.credentials);
  await api.choose({ ...account.credentials, team: billing, priority: "high" });
  await account.removeTeam(billing);
  await api.handOverUntil("delivered");
  const tickets = await account.tickets();
  expect(tickets).toHaveLength(1);
  expect(tickets[0]).toMatchObject({ assignee_team: null, priority: "normal" });

  await page.goto(INTEGRATIONS);
  const warning = row(page).getByText("Gorgias rejected a ticket because of its team or priority.");
  await expect(warning).toBeVisible();
  await expectAccessible(page, "with a rejected team");
  await page.setViewportSize({ width: 375, height: 740 });
  await expectNoSideways(page, "with a rejected team");
  await row(page).getByRole("button", { name: "Configure", exact: true }).click();
  const dialog = new ConnectDialog(page);
  const team = dialog.all.getByLabel("Team", { exact: true });
  await expect(team).toHaveValue(String(billing));
  await dialog.save();
  await expect(dialog.all.locator(".field-error:visible")).toHaveText(/^This team was not found in Gorgias/);
  await expect(team).toBeFocused();
  await expectAccessible(page, "with an error at the team");
  await team.selectOption("Support");
  await dialog.save();
  await expect(toasts(page)).toHaveText(SAVED);
  await expect(warning).toHaveCount(0);
});

test("credentials that show no teams offer a priority only", async ({ page, api, account }) => {
  await account.fault({ kind: "status", status: 403, path: "/api/teams" });
  await api.connect(account.credentials);
  const dialog = await openDialog(page, "Configure");
  await expect(dialog.all.getByLabel("Priority", { exact: true })).toBeVisible();
  await expect(dialog.all.getByLabel("Team", { exact: true })).toHaveCount(0);
  await expect(row(page).locator(".warnings")).toHaveCount(0);
});

for (const [locale, label, leave, urgent] of [
  ["de", "Gruppe", "Den Regeln in Zendesk überlassen", "Dringend"],
  ["fr", "Groupe", "Laisser faire les règles de Zendesk", "Urgente"],
] as const) {
  test.describe(`a browser that asks for ${locale}`, () => {
    test.use({ locale });

    test(`the choices in ${locale}`, async ({ page, api, desk }) => {
      await api.connectZendesk(desk.credentials);
      await page.goto(`${INTEGRATIONS}?connect=zendesk`);
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByLabel(label, { exact: true }).locator("option").first()).toHaveText(leave);
      await expect(dialog.locator("[name=priority] option").last()).toHaveText(urgent);
    });
  });
}

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false, live: false });

  test("a team is chosen without a script, and survives a test", async ({ page, api, account }) => {
    const billing = await account.addTeam("Billing");
    await api.connect(account.credentials);
    const dialog = await openDialog(page, "Configure");
    const team = dialog.all.getByLabel("Team", { exact: true });
    await team.selectOption("Billing");
    await dialog.test();
    await expect(dialog.told).toHaveText("Connection successful!");
    await expect(team).toHaveValue(String(billing));
    await dialog.save();
    await expect(toasts(page)).toHaveText(SAVED);
    await api.handOverUntil("delivered");
    expect((await account.tickets())[0]).toMatchObject({ assignee_team: billing });
  });
});

test.describe("a member", () => {
  test.use({ role: "member" });

  test("a member sees the chosen team and cannot change it", async ({ page, api, account }) => {
    const billing = await account.addTeam("Billing");
    await api.connect(account.credentials);
    await api.choose({ ...account.credentials, team: billing, priority: "low" });
    await page.goto(INTEGRATIONS);
    await expect(row(page).locator(".facts")).toContainText("Billing");
    await expect(row(page).locator(".facts")).toContainText("Low");
    await expect(row(page).getByRole("button", { name: "Configure", exact: true })).toBeDisabled();
    expect(await page.content()).not.toContain("Support</option>");
  });
});
