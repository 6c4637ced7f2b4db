// The help article step by step: connect, ask for a person in a private window, find the chat and the ticket,
// disconnect.

import { openDialog, openQuestion, INTEGRATIONS, toasts } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const ASKS = "I need to talk to a human about a billing issue.";

test("the flow of the help article, from Connect to Disconnect", async ({ page, browser, convi, account, merchant }) => {
  await page.goto(INTEGRATIONS);
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.save();
  await expect(toasts(page)).toContainText("Helpdesk integration saved successfully.");

  // The storefront in a private window.
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
