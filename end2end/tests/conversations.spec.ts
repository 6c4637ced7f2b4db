// Conversations: what the team sees and does, without reloading a page.

import { CONVERSATIONS, conversationList, conversationPath, toasts } from "./support/screen.ts";
import { Shopper } from "./support/shopper.ts";
import { expect, test } from "./support/test.ts";

const HUMAN = "I need to talk to a human about a billing issue.";
/** The contract says 5 s, and the screen polls every 3 s. A busy machine may need longer. */
const SOON = { timeout: 30_000 };

test("the list updates: a new message moves to the top, and the filters select by state", async ({ page, convi, merchant }) => {
  await page.goto(CONVERSATIONS);
  await expect(page.getByText("No conversations yet")).toBeVisible();
  const first = await Shopper.writes(convi, merchant, "Do you ship to Norway?");
  const list = conversationList(page);
  await expect(list.getByRole("listitem")).toHaveText([/Anonymous visitor.*Do you ship to Norway\?/s], SOON);
  await Shopper.writes(convi, merchant, `I am jane@example.com. ${HUMAN}`);
  await expect(list.getByRole("listitem")).toHaveText([/jane@example\.com.*Handed over/s, /Norway/], SOON);
  await first.says("Or to Sweden?");
  await expect(list.getByRole("listitem")).toHaveText([/Sweden/, /Handed over/], SOON);

  const filter = page.getByRole("navigation", { name: "Filter" });
  await expect(filter.getByRole("link")).toHaveText([
    "All",
    "Open",
    "Asked for a person",
    "Handed over",
    "Resolved",
  ]);
  await filter.getByRole("link", { name: "Handed over" }).click();
  await expect(list.getByRole("listitem")).toHaveText([/jane@example\.com/]);
  await filter.getByRole("link", { name: "All" }).click();
  await page.getByRole("searchbox").fill("NORWAY");
  await expect(list.getByRole("listitem")).toHaveText([/Sweden/]);
});

test("Hand over works without a question and shows the ticket; then Give back and Resolve", async ({
  page,
  convi,
  merchant,
  api,
  account,
}) => {
  await api.connect(account.credentials);
  const shopper = await Shopper.writes(convi, merchant, "Do you ship to Norway?");
  const { id } = await api.conversation();
  await page.goto(conversationPath(id));
  const head = page.locator(".conversation-head");
  await expect(head).toContainText("Anonymous visitor");
  await expect(head.locator(".badge").first()).toHaveText("Open");

  await page.getByRole("button", { name: "Hand over" }).click();
  await expect(head.locator(".badge").first()).toHaveText("Handed over");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("main")).toContainText("Handed over by Olive Owner", SOON);
  const [ticket] = await expect
    .poll(() => account.tickets())
    .toHaveLength(1)
    .then(() => account.tickets());
  await expect(page.getByRole("link", { name: `Ticket #${ticket?.id}` })).toBeVisible(SOON);

  // The team replies here, the shopper reads it, and the assistant stays silent.
  await page.getByLabel("Reply to the shopper").fill("We do. It takes a week.");
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByRole("log")).toContainText("We do. It takes a week.");
  const talk = await shopper.says("Thank you!");
  expect(talk.messages.at(-1)?.text).toBe("Thank you!");
  expect(talk.messages.map(({ text }) => text)).toContain("We do. It takes a week.");
  await expect(page.getByRole("log")).toContainText("Thank you!", SOON);

  await page.getByRole("button", { name: "Give back to AI" }).click();
  await expect(head.locator(".badge").first()).toHaveText("Open");
  const after = await shopper.says("And to Iceland?");
  expect(after.messages.at(-1)?.author).toBe("assistant");
  await page.getByRole("button", { name: "Resolve" }).click();
  await expect(head.locator(".badge").first()).toHaveText("Resolved");
  expect(await account.tickets()).toHaveLength(1);
});

test("a waiting handover says why, and an inactive ability is pointed out where it is missed", async ({
  page,
  convi,
  merchant,
  api,
  account,
}) => {
  await api.setHandover({ active: false });
  await Shopper.writes(convi, merchant, HUMAN);
  await page.goto(CONVERSATIONS);
  await expect(page.getByRole("main")).toContainText(
    "Handover to human is inactive, so nothing is handed over automatically.",
  );
  await expect(conversationList(page).getByRole("listitem")).toHaveText([/Asked for a person/]);

  await api.connect(account.credentials);
  await account.revokeKey();
  await page.goto(conversationPath((await api.conversation()).id));
  await page.getByRole("button", { name: "Hand over" }).click();
  await expect(page.getByRole("main")).toContainText("Held until Gorgias works again");
  await expect(toasts(page)).not.toBeEmpty();
});

test("a ticket's number finds its conversation, in every state, with its subject", async ({ page, convi, merchant, api, account }) => {
  await api.connect(account.credentials);
  const shopper = await Shopper.writes(convi, merchant, HUMAN);
  await Shopper.writes(convi, merchant, "Do you ship to Norway?");
  await expect.poll(() => account.tickets()).toHaveLength(1);
  const [ticket] = await account.tickets();
  await shopper.says("Is anyone there?");
  await page.goto(CONVERSATIONS);
  const list = conversationList(page);
  await expect(list.getByRole("listitem")).toHaveText([
    new RegExp(`${HUMAN}.*Is anyone there\\?.*Ticket #${ticket?.id}`, "s"),
    /Norway/,
  ]);
  for (const typed of [`#${ticket?.id}`, String(ticket?.id)]) {
    await page.getByRole("searchbox").fill(typed);
    await expect(page).toHaveURL((url) => url.searchParams.get("search") === typed);
    await expect(list.getByRole("listitem")).toHaveText([/Is anyone there\?/]);
  }

  // A filter that hides it says so, and leads to it.
  await page.getByRole("navigation", { name: "Filter" }).getByRole("link", { name: "Resolved" }).click();
  await expect(page.getByText(`No results for “${ticket?.id}” with the status “Resolved”.`)).toBeVisible();
  await page.getByRole("link", { name: "Search all conversations" }).click();
  await expect(list.getByRole("listitem")).toHaveText([/Is anyone there\?/]);
});

test("the list has keys: / searches, j and k move", async ({ page, convi, merchant }) => {
  await Shopper.writes(convi, merchant, "Do you ship to Norway?");
  await Shopper.writes(convi, merchant, "Do you ship to Sweden?");
  await page.goto(CONVERSATIONS);
  const links = conversationList(page).getByRole("heading").getByRole("link");
  await expect(links).toHaveCount(2);
  await page.keyboard.press("j");
  await expect(links.nth(0)).toBeFocused();
  await page.keyboard.press("j");
  await expect(links.nth(1)).toBeFocused();
  await page.keyboard.press("k");
  await expect(links.nth(0)).toBeFocused();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
  // In a field they are letters.
  await page.keyboard.type("jk/");
  await expect(page.getByRole("searchbox")).toHaveValue("jk/");
});
