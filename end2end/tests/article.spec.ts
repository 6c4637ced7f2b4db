// The help article step by step: connect, ask for a person in a private window, find the chat and the ticket,
// disconnect.

import type { Browser, BrowserContext, Locator } from "@playwright/test";

import type { Convi } from "./support/convi.ts";
import { INTEGRATIONS, openDialog, openQuestion, toasts } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";
import { openZendesk, zendeskRow } from "./support/zendesk-screen.ts";

const ASKS = "I need to talk to a human about a billing issue.";

/** Opens the storefront in a private window, asks for a person and leaves an address. Returns the window and the chat's box. */
async function asksForPerson(browser: Browser, convi: Convi, merchant: string): Promise<{ shop: BrowserContext; box: Locator }> {
  const shop = await browser.newContext();
  const shopper = await shop.newPage();
  await shopper.route("**/shop.html", (route) =>
    route.fulfill({
      contentType: "text/html",
      body:
        `<!doctype html><html lang="en"><title>Shop</title>` +
        `<script type="module" async src="${convi.url}/storefront/convi-chat.js"></script>` +
        `<convi-chat merchant="${merchant}"></convi-chat>`,
    }),
  );
  await shopper.goto(`${convi.url}/shop.html`);
  const chat = shopper.locator("convi-chat");
  await chat.getByRole("button").first().click();
  // The last text box: the email field appears above it once it is shown.
  const box = chat.getByRole("textbox").last();
  await box.fill(ASKS);
  await box.press("Enter");
  await expect(chat.getByText("Our team has your conversation").first()).toBeVisible();

  // Where the reply goes.
  await chat.getByRole("textbox", { name: "Your email address" }).fill("jane@example.com");
  await chat.getByRole("textbox", { name: "Your email address" }).press("Enter");
  await expect(chat.getByText("jane@example.com").first()).toBeVisible();
  return { shop, box };
}

test("the flow of the help article, from Connect to Disconnect", async ({ page, browser, convi, account, merchant }) => {
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.save();
  await expect(toasts(page)).toContainText("Helpdesk integration saved successfully.");

  const { shop, box } = await asksForPerson(browser, convi, merchant);

  await page.goto("/conversations");
  await page.getByRole("link", { name: /jane@example\.com/ }).first().click();
  await expect(page.getByText(ASKS).first()).toBeVisible();
  await expect(page.getByText("Handed over", { exact: true }).first()).toBeVisible();

  await expect.poll(async () => (await account.tickets()).length).toBe(1);
  const [ticket] = await account.tickets();
  expect(JSON.stringify(ticket)).toContain(ASKS);
  expect(JSON.stringify(ticket)).toContain("convi-handover");

  // Later messages go into the same ticket.
  await box.fill("It is about invoice 7.");
  await box.press("Enter");
  await expect.poll(async () => JSON.stringify(await account.tickets())).toContain("It is about invoice 7.");
  expect(await account.tickets()).toHaveLength(1);
  await shop.close();

  // The agent's side: the ticket behind the link, with customer, transcript and note.
  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: /^Ticket #/ }).first().click();
  const desk = await opened;
  await expect(desk.getByRole("complementary", { name: "Customer and ticket" })).toContainText("jane@example.com");
  const talk = desk.getByRole("region", { name: "Conversation" });
  await expect(talk).toContainText(ASKS);
  await expect(talk).toContainText("It is about invoice 7.");
  await expect(desk.locator(".chips")).toContainText("convi-handover");

  await page.goto(INTEGRATIONS);
  const question = await openQuestion(page);
  await question.getByRole("button", { name: "Disconnect", exact: true }).click();
  await expect(toasts(page)).toContainText("Gorgias integration disconnected successfully.");
});

test("the same with Zendesk in place of Gorgias", async ({ page, browser, convi, desk, merchant }) => {
  const dialog = await openZendesk(page);
  await dialog.fillClient(desk.credentials);
  await dialog.press("Test connection");
  await expect(dialog.told).toHaveText("Connection successful!");
  await dialog.press("Save");
  await expect(toasts(page)).toContainText("Helpdesk integration saved successfully.");

  const { shop, box } = await asksForPerson(browser, convi, merchant);

  await page.goto("/conversations");
  await page.getByRole("link", { name: /jane@example\.com/ }).first().click();
  await expect(page.getByText("Handed over", { exact: true }).first()).toBeVisible();
  await box.fill("It is about invoice 7.");
  await box.press("Enter");
  await expect.poll(async () => JSON.stringify(await desk.tickets())).toContain("It is about invoice 7.");
  const [ticket, ...others] = await desk.tickets();
  expect(others).toEqual([]);
  expect(ticket?.tags).toEqual(expect.arrayContaining(["convi-handover", "convi-asked-for-human"]));
  expect(ticket?.comments[0]?.plain).toContain(ASKS);
  expect(ticket?.comments.every((comment) => !comment.public)).toBe(true);
  await shop.close();

  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: /^Ticket #/ }).first().click();
  const agent = await opened;
  await expect(agent.getByRole("region", { name: "Conversation" })).toContainText("It is about invoice 7.");
  await expect(agent.getByRole("complementary")).toContainText("jane@example.com");
  expect(await desk.sentToShoppers()).toEqual([]);

  await page.goto(INTEGRATIONS);
  await zendeskRow(page).getByRole("button", { name: "Disconnect", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disconnect", exact: true }).click();
  await expect(toasts(page)).toContainText("Zendesk integration disconnected successfully.");
});
