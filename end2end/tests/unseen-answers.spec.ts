// A shopper leaves, an agent answers in the helpdesk, and the answer finds the shopper by email.

import type { Page } from "@playwright/test";

import type { Received } from "./support/mailbox.ts";
import type { ChatPage } from "./support/storefront.ts";
import { expect, test } from "./support/storefront.ts";

const ASKS_FOR_HUMAN = "I need to talk to a human about a billing issue.";
/** An open chat makes the server ask every 5 s, and the chat polls every 3 s. A busy machine may need longer. */
const SOON = { timeout: 45_000 };
/** An answer is read within 30 s after a chat was closed, and emailed two minutes later. */
const EMAILED = { timeout: 240_000 };

/** Asks for a person and leaves an address. */
async function asks(shopper: ChatPage, email: string): Promise<void> {
  await shopper.open();
  await shopper.write(ASKS_FOR_HUMAN);
  await shopper.isSent();
  await shopper.email.fill(email);
  await shopper.email.press("Enter");
  await expect(shopper.email).toBeHidden();
}

/** Answers in the helpdesk's page. */
async function answers(desk: Page, text: string, button: string): Promise<void> {
  await desk.getByLabel(/^Reply/).fill(text);
  await desk.getByRole("button", { name: button }).click();
  await expect(desk.getByRole("listitem").filter({ hasText: text })).toBeVisible();
}

/** Checks the two emails to a shopper: the second one is in the thread of the first. */
function areOneThread([first, second]: Received[], team: string): void {
  for (const it of [first, second]) {
    expect(it?.mail.from?.text).toMatch(/^Anna|^"?Anna/);
    expect(it?.mail.replyTo?.text).toBe(team);
    expect(it?.mail.text).toContain("/p/mug#convi-chat");
    expect(it?.mail.text).toContain(ASKS_FOR_HUMAN);
  }
  expect(first?.mail.inReplyTo).toBeUndefined();
  expect(second?.mail.inReplyTo).toBe(first?.mail.messageId);
  expect([second?.mail.references].flat()).toEqual([first?.mail.messageId]);
  expect(second?.mail.subject).toBe(`Re: ${first?.mail.subject}`);
}

test("in Gorgias, an answer that is not emailed there reaches a shopper who has left, in one thread", async ({
  page,
  shopper,
  api,
  account,
  mailbox,
  merchant,
}) => {
  test.setTimeout(600_000);
  const [mia, support] = [`mia@${merchant}.test`, `team@${merchant}.test`];
  await api.connect(account.credentials);
  await api.notify(support);
  await account.hasAgent("Anna Smith");
  await asks(shopper, mia);
  await expect.poll(() => account.tickets(), SOON).toHaveLength(1);
  const [ticket] = await account.tickets();
  const desk = await page.context().newPage();
  await desk.goto(account.ticketPage(ticket?.id ?? 0));

  await answers(desk, "Hello Mia! Which invoice is it?", "Answer in the chat only");
  await page.bringToFront();
  await expect(shopper.log).toContainText("Which invoice is it?", SOON);
  // The next poll tells the server what was shown.
  const poll = await page.waitForRequest((it) => it.method() === "GET" && it.url().includes("/chat/v1/conversation?"));
  await poll.response();
  await page.close();

  await answers(desk, "It is paid.", "Answer in the chat only");
  await expect.poll(() => mailbox.of(mia).length, EMAILED).toBe(1);
  const first = mailbox.of(mia)[0]?.mail;
  expect(first?.subject).toBe("You have an answer in your chat");
  expect(first?.text).toContain("It is paid.");
  expect(first?.html).toContain("Anna answered you");
  const isNew = first?.text?.split("Earlier in this chat")[0];
  expect(isNew, "what the shopper saw is not new").not.toContain("Which invoice is it?");

  await answers(desk, "Gorgias emails this one itself.", "Send");
  await answers(desk, "Anything else?", "Answer in the chat only");
  await expect.poll(() => mailbox.of(mia).length, EMAILED).toBe(2);
  areOneThread(mailbox.of(mia), support);
  expect(await account.sentToShoppers()).toEqual([]);
});

test("in Zendesk without its trigger, an answer reaches a shopper who has left; with it, Zendesk emails it", async ({
  page,
  shopper,
  api,
  desk: account,
  mailbox,
  merchant,
}) => {
  test.setTimeout(600_000);
  const [mia, support] = [`mia@${merchant}.test`, `team@${merchant}.test`];
  await api.connectZendesk(account.credentials);
  await account.mailsReplies(false);
  await api.notify(support);
  await asks(shopper, mia);
  await expect.poll(() => account.tickets(), SOON).toHaveLength(1);
  const [ticket] = await account.tickets();
  await page.close();
  await account.writes(ticket?.id ?? 0, "Anna Smith", "Hello Mia! Which invoice is it?");
  await expect.poll(() => mailbox.of(mia).length, EMAILED).toBe(1);
  await account.mailsReplies(true);
  await account.writes(ticket?.id ?? 0, "Anna Smith", "Zendesk emails this one itself.");
  await account.mailsReplies(false);
  await account.writes(ticket?.id ?? 0, "Anna Smith", "It is paid.");
  await expect.poll(() => mailbox.of(mia).length, EMAILED).toBe(2);
  areOneThread(mailbox.of(mia), support);
  expect(mailbox.of(mia)[0]?.mail.text).toContain("Which invoice is it?");
  expect(await account.sentToShoppers()).toHaveLength(1);
});
