// Hostile text from a shopper, a shop or a colleague on every screen that shows it: it appears as typed, and nothing
// runs. A policy violation fails the test too (support/guard.ts).

import type { Page } from "@playwright/test";

import { handoverOf, INTEGRATIONS } from "./support/screen.ts";
import { expect, test } from "./support/storefront.ts";
import { signIn } from "./support/test.ts";

// Short enough for a person's name.
const EVIL = `</textarea></title><script>alert(owned=1)</script><img src=x onerror="alert(owned=2)">`;
const ASKS_FOR_HUMAN = "I need to talk to a human about a billing issue.";

/** Returns a check that fails if something ran. */
function notOwned(page: Page): () => Promise<void> {
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  return async () => {
    expect(dialogs).toEqual([]);
    expect(await page.evaluate(() => (window as unknown as { owned?: number }).owned)).toBeUndefined();
    await expect(page.locator("img[src=x]")).toHaveCount(0);
  };
}

test("a script in a message is shown as text everywhere", async ({
  shopper,
  agent,
  window,
  convi,
  merchant,
  api,
  account,
  mailbox,
  team,
}) => {
  const address = `team@${merchant}.test`;
  await api.connect(account.credentials);
  await api.notify(address);

  // The storefront.
  const shop = notOwned(shopper.page);
  await shopper.page.locator("convi-chat").evaluate((element, order_number) => {
    Object.assign(element, { context: { order_number } });
  }, EVIL);
  await shopper.open();
  await shopper.write(EVIL);
  await shopper.isSent();
  await expect(shopper.own()).toHaveText([EVIL]);

  // The list, the search, and a conversation with live updates.
  const colleague = await agent(EVIL);
  const screen = notOwned(colleague);
  await colleague.goto("/conversations");
  const list = colleague.getByRole("list", { name: "Conversations" });
  await expect(list.locator(".conversation-preview")).toHaveText([EVIL]);
  await colleague.getByRole("searchbox").fill("onerror");
  await expect(colleague).toHaveURL(/search=onerror/);
  await expect(list.locator(".conversation-preview")).toHaveText([EVIL]);
  await colleague.getByRole("searchbox").fill(`${EVIL} nowhere`);
  await expect(colleague.getByText(`No results for “${EVIL} nowhere”.`)).toBeVisible();
  await colleague.goto("/conversations");
  await list.getByRole("link").first().click();
  const transcript = colleague.getByRole("log", { name: "Transcript" });
  await expect(transcript.locator(".turn-shopper .turn-text")).toHaveText([EVIL]);
  await shopper.write(`${ASKS_FOR_HUMAN} ${EVIL}`);
  await expect(transcript.locator(".turn-shopper .turn-text")).toHaveText([EVIL, `${ASKS_FOR_HUMAN} ${EVIL}`]);
  await colleague.getByLabel("Reply to the shopper").fill(EVIL);
  await colleague.getByRole("button", { name: "Send", exact: true }).click();
  await expect(transcript.locator(".turn-agent .turn-text")).toHaveText([EVIL]);
  await expect(transcript.locator(".turn-agent .turn-author")).toContainText(EVIL);
  // The order number, which the shop's page sets.
  await expect(colleague.getByRole("complementary", { name: "About this conversation" })).toContainText("<img src=x");
  // As rendered by the server.
  await colleague.reload();
  await expect(transcript.locator(".turn-shopper .turn-text")).toHaveText([EVIL, `${ASKS_FOR_HUMAN} ${EVIL}`]);
  await expect(shopper.log.locator(".agent .bubble")).toHaveText([EVIL]);
  await expect(shopper.log.locator(".agent .who")).toContainText(EVIL);

  // Without a script, a rejected reply comes back in its field.
  const [talk] = await team.talks();
  const plain = await window({ javaScriptEnabled: false });
  await signIn(plain, convi, await convi.token(merchant, "owner", EVIL));
  const form = await plain.newPage();
  await form.goto(`${convi.url}/conversations/${talk?.id}`);
  const long = `${EVIL}${"x".repeat(10_000)}`;
  await form.getByLabel("Reply to the shopper").fill(long);
  await form.getByRole("button", { name: "Send", exact: true }).click();
  await expect(form.getByText(/^This is \d+ characters too long\.$/)).toBeVisible();
  await expect(form.getByLabel("Reply to the shopper")).toHaveValue(long);
  await expect(form.locator("img[src=x]")).toHaveCount(0);
  await expect(form.locator("script", { hasText: "owned=" })).toHaveCount(0);

  // After a handover: the list on Integrations, the ticket, the email.
  await expect(shopper.log.getByText("Our team has your conversation")).toHaveCount(1);
  await colleague.goto(INTEGRATIONS);
  await expect(handoverOf(colleague, EVIL)).toBeVisible();
  const { body } = await api.call<{ handovers: { handover_id: string }[] }>("GET", "handovers");
  const id = body.handovers[0]?.handover_id ?? "";
  const { ticket_id } = await api.until(id, "delivered");
  await screen();

  const helpdesk = await (await window()).newPage();
  const ticket = notOwned(helpdesk);
  await helpdesk.goto(account.ticketPage(ticket_id ?? 0));
  await expect(helpdesk.getByText(EVIL).first()).toBeVisible();
  await ticket();

  await api.until(id, "delivered", "email");
  const [received] = mailbox.of(address);
  expect(received?.mail.text).toContain(EVIL);
  const reader = await (await window()).newPage();
  const mail = notOwned(reader);
  await reader.setContent(received?.mail.html as string);
  await expect(reader.getByText(EVIL).filter({ visible: true }).first()).toBeVisible();
  await mail();
  await shop();
});
