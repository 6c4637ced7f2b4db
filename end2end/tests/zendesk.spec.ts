// Zendesk as a merchant sees it: two access methods, one of which ends, and otherwise the same as every helpdesk.

import { expectAccessible } from "./support/axe.ts";
import { INTEGRATIONS, openDialog, recent, row, toasts } from "./support/screen.ts";
import { expectNoSideways } from "./support/sideways.ts";
import { expect, test } from "./support/test.ts";
import { openZendesk, ZendeskDialog, zendeskRow } from "./support/zendesk-screen.ts";

const ASKS = "I need to talk to a human about a billing issue.";

test("connect an OAuth client, hand over, disconnect", async ({ page, api, desk }) => {
  const dialog = await openZendesk(page);
  await expect(dialog.method("OAuth client")).toBeChecked();
  await expect(dialog.all).toContainText("The part before .zendesk.com");
  await expect(dialog.all).toContainText("Zendesk calls this the Identifier");
  await expectAccessible(page);

  await dialog.fillClient({ ...desk.credentials, secret: "wrong-secret" });
  await dialog.press("Test connection");
  await expect(dialog.told).toContainText("Connection failed. Please check your credentials and try again.");
  await expect(dialog.told).toContainText("rejected this client ID");
  await expect(dialog.subdomain).toHaveValue(desk.credentials.subdomain);
  const admin = dialog.all.getByRole("link", { name: /Admin Center → .* → OAuth clients/ });
  await expect(admin).toHaveAttribute("href", new RegExp(`/${desk.credentials.subdomain}/admin$`));
  await dialog.secret.fill(desk.credentials.secret);
  await dialog.press("Test connection");
  await expect(dialog.told).toHaveText("Connection successful!");
  await dialog.press("Save");
  await expect(toasts(page)).toContainText("Helpdesk integration saved successfully.");
  await expect(zendeskRow(page).getByText("Connected", { exact: true })).toBeVisible();
  await expect(zendeskRow(page)).toContainText("Handovers go here");

  await api.handOver({ summary: "Billing question", messages: [{ id: "1", author: "shopper", text: ASKS }] });
  await expect.poll(async () => (await desk.tickets()).length).toBe(1);
  const [ticket] = await desk.tickets();
  expect(ticket?.comments).toHaveLength(1);
  expect(ticket?.comments[0]).toMatchObject({ public: false });
  expect(ticket?.comments[0]?.plain).toContain(ASKS);
  expect(await desk.sentToShoppers()).toEqual([]);

  const opened = page.waitForEvent("popup");
  await recent(page).getByRole("link", { name: /^Ticket #/ }).click();
  const agent = await opened;
  await expect(agent.getByRole("region", { name: "Conversation" })).toContainText(ASKS);
  await expect(agent.getByRole("complementary")).not.toContainText("(shopper)");

  await zendeskRow(page).getByRole("button", { name: "Disconnect", exact: true }).click();
  await expect(page.getByRole("dialog")).toContainText("Are you sure you want to disconnect Zendesk?");
  await page.getByRole("dialog").getByRole("button", { name: "Disconnect", exact: true }).click();
  await expect(toasts(page)).toContainText("Zendesk integration disconnected successfully.");
});

test("an API token is the second choice, with a warning about its end", async ({ page, desk }) => {
  const dialog = await openZendesk(page);
  await expect(dialog.all).toContainText("all of them stop working on April 30, 2027");
  await dialog.fillToken(desk.credentials);
  await expect(dialog.all.getByRole("link", { name: /Admin Center → .* → API tokens/ })).toBeVisible();
  await dialog.press("Test connection");
  await expect(dialog.told).toContainText("Connection successful!");
  await expect(dialog.told).toContainText("All Zendesk API tokens stop working on April 30, 2027.");
  await dialog.press("Save");
  await expect(toasts(page)).toContainText("Helpdesk integration saved successfully.");

  // A kept secret only works with its own access method.
  await zendeskRow(page).getByRole("button", { name: "Configure", exact: true }).click();
  await expect(dialog.username).toHaveValue(desk.credentials.email);
  await dialog.press("Test connection");
  await expect(dialog.told).toContainText("Connection successful!");
  await dialog.choose("OAuth client");
  await expect(dialog.told).toBeEmpty();
  await dialog.username.fill(desk.credentials.client);
  await dialog.press("Test connection");
  await expect(dialog.all).toContainText("Enter the client secret again");
});

test("a trigger that emailed a shopper is named on the row until a test finds that it has stopped", async ({ page, api, account, desk }) => {
  await api.connectZendesk(desk.credentials);
  await desk.ownTrigger(true);
  await api.until(await api.handOver(), "delivered", "zendesk");
  expect(await desk.sentToShoppers()).not.toEqual([]);
  await api.connect(account.credentials);
  await page.goto(INTEGRATIONS);
  const warning = zendeskRow(page).getByText("Your trigger “We got your question” emailed a shopper");
  await expect(warning).toHaveCount(1);
  await expect(row(page).locator(".warnings")).toHaveCount(0);
  await expect(recent(page)).toContainText("Tag: convi-asked-for-human");
  await expectAccessible(page, "with a standing warning");
  await page.setViewportSize({ width: 375, height: 740 });
  await expectNoSideways(page, "with a standing warning");

  await desk.ownTrigger(false);
  await api.until(await api.handOver(), "delivered", "zendesk");
  await page.reload();
  await expect(warning).toHaveCount(1);
  await zendeskRow(page).getByRole("button", { name: "Configure", exact: true }).click();
  const dialog = new ZendeskDialog(page);
  await dialog.press("Test connection");
  await expect(dialog.told).toHaveText("Connection successful!");
  await page.reload();
  await expect(zendeskRow(page).locator(".warnings")).toHaveCount(0);
});

test("a save's warnings are on its own row", async ({ page, account, desk }) => {
  await account.mergeTickets(5);
  const gorgias = await openDialog(page);
  await gorgias.fill(account.credentials);
  await gorgias.test();
  await expect(gorgias.told).toContainText("Besides convi-handover, each ticket has a tag for the reason");
  await expect(gorgias.told).toContainText("convi-asked-for-human, convi-frustrated, convi-topic, convi-no-answer");
  await gorgias.save();
  await expect(row(page).locator(".warnings")).toContainText("Auto-merge is on in your Gorgias.");
  await expect(zendeskRow(page).locator(".warnings")).toHaveCount(0);
  const dialog = await openZendesk(page);
  await dialog.fillToken(desk.credentials);
  await dialog.press("Save");
  await expect(zendeskRow(page).locator(".warnings")).toContainText("All Zendesk API tokens stop working");
  await expect(row(page).locator(".warnings")).toHaveCount(0);
});

for (const [locale, tag, trigger] of [
  ["de", "Tag: convi-manual", "„We got your question“"],
  ["fr", "Tag : convi-manual", "« We got your question »"],
] as const) {
  test.describe(`a browser that asks for ${locale}`, () => {
    test.use({ locale });

    test(`the standing warning and the tag in ${locale}`, async ({ page, api, desk }) => {
      await api.connectZendesk(desk.credentials);
      await desk.ownTrigger(true);
      await api.until(await api.handOver({}, { kind: "manual", by: { name: "Olive" } }), "delivered", "zendesk");
      await page.goto(INTEGRATIONS);
      await expect(page.locator(".handover").first()).toContainText(tag);
      await expect(zendeskRow(page).locator(".warnings")).toContainText(trigger);
    });
  });
}

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false, live: false });

  test("both access methods work without a script", async ({ page, desk, api }) => {
    const dialog = await openZendesk(page);
    await dialog.fillToken({ ...desk.credentials, token: "other-token" });
    await dialog.press("Test connection");
    await expect(dialog.told).toContainText("rejected this email address and API token");
    await expect(dialog.username).toHaveValue(desk.credentials.email);
    await dialog.choose("OAuth client");
    await dialog.fillClient(desk.credentials);
    await dialog.press("Save");
    await expect(toasts(page)).toHaveText("Helpdesk integration saved successfully.");
    await api.handOver();
    await expect.poll(async () => (await desk.tickets()).length).toBe(1);
  });
});
