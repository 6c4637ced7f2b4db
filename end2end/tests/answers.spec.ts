// An agent answers in the helpdesk's own page, and the shopper reads it in the chat.

import { conversationPath } from "./support/screen.ts";
import { expect, test } from "./support/storefront.ts";

const ASKS_FOR_HUMAN = "I need to talk to a human about a billing issue.";
/** An open chat makes the server ask every 5 s, and the chat polls every 3 s. A busy machine may need longer. */
const SOON = { timeout: 45_000 };

test("the shopper asks, the agent answers in Gorgias, the shopper reads it and answers; the team sees who and where", async ({
  page,
  shopper,
  api,
  account,
  agent,
}) => {
  await api.connect(account.credentials);
  await account.hasAgent("Anna Smith");
  await shopper.open();
  await shopper.write(ASKS_FOR_HUMAN);
  await shopper.isSent();
  await expect.poll(() => account.tickets(), SOON).toHaveLength(1);
  const [ticket] = await account.tickets();

  const desk = await page.context().newPage();
  await desk.goto(account.ticketPage(ticket?.id ?? 0));
  await desk.getByLabel("Agent").selectOption("Anna Smith");
  await desk.getByLabel(/^Reply/).fill("Do not promise a refund");
  await desk.getByRole("button", { name: "Add internal note" }).click();
  await desk.getByLabel("Agent").selectOption("Anna Smith");
  await desk.getByLabel(/^Reply/).fill("Hello! Which invoice is it?\n<b>Anna</b>");
  await desk.getByRole("button", { name: "Send" }).click();
  await expect(desk.getByRole("listitem").filter({ hasText: "Which invoice" })).toBeVisible();

  await page.bringToFront();
  const answer = shopper.log.locator(".turn.agent");
  await expect(answer.locator(".bubble")).toHaveText(["Hello! Which invoice is it?\n<b>Anna</b>"], SOON);
  await expect(answer.locator(".who")).toContainText("Anna");
  await expect(answer.locator(".who")).not.toContainText("Smith");
  await expect(shopper.log).not.toContainText("refund");

  await shopper.write("Invoice 7");
  await shopper.isSent();
  const texts = async () => (await account.tickets())[0]?.messages.map(({ body_text }) => body_text ?? "") ?? [];
  await expect.poll(async () => (await texts()).join("\n"), SOON).toContain("Invoice 7");
  const copies = (await texts()).filter((text) => text.includes("Which invoice"));
  expect(copies, "the answer is not sent back to the ticket").toHaveLength(1);
  expect(await account.sentToShoppers()).toEqual([]);

  const team = await agent("Olive");
  const { id } = await api.conversation();
  await team.goto(conversationPath(id));
  const turn = team.getByRole("log").locator(".turn-agent");
  await expect(turn).toContainText("Anna · Gorgias");
  await expect(turn).toContainText("Which invoice is it?");
});

test("in Zendesk, a public reply reaches the shopper and an internal note does not", async ({
  page,
  shopper,
  api,
  desk: account,
}) => {
  await api.connectZendesk(account.credentials);
  await shopper.open();
  await shopper.write(ASKS_FOR_HUMAN);
  await shopper.isSent();
  await expect.poll(() => account.tickets(), SOON).toHaveLength(1);
  const [ticket] = await account.tickets();
  const desk = await page.context().newPage();
  await desk.goto(account.ticketPage(ticket?.id ?? 0));
  await desk.getByLabel(/^Reply/).fill("Do not promise a refund");
  await desk.getByRole("button", { name: "Submit internal note" }).click();
  await desk.getByLabel(/^Reply/).fill("Hello! Which invoice is it?");
  await desk.getByRole("button", { name: "Submit public reply" }).click();
  await expect(desk.getByRole("listitem").filter({ hasText: "Which invoice" })).toBeVisible();
  await page.bringToFront();
  await expect(shopper.log.locator(".turn.agent .bubble")).toHaveText(["Hello! Which invoice is it?"], SOON);
  await expect(shopper.log).not.toContainText("refund");
});

test("an answer that arrives while the chat is closed is counted on its button", async ({ shopper, api, account, page }) => {
  await api.connect(account.credentials);
  await account.hasAgent("Anna Smith");
  await shopper.open();
  await shopper.write(ASKS_FOR_HUMAN);
  await shopper.isSent();
  await expect.poll(() => account.tickets(), SOON).toHaveLength(1);
  await page.keyboard.press("Escape");
  const [ticket] = await account.tickets();
  await account.answers(ticket?.id ?? 0, "Anna Smith", "Hello!");
  // Far sooner than the 30 s of a chat without a person.
  await expect(shopper.launch).toHaveAccessibleName("Open chat. New messages: 1", SOON);
  await expect(page).toHaveTitle("(1) A shop");
  await shopper.open();
  await expect(page).toHaveTitle("A shop");
});
