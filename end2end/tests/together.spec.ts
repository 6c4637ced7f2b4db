// Several shoppers and agents at once, each in their own window, on the real server: who sees what, and how often.

import type { Locator, Page } from "@playwright/test";

import type { Ticket } from "./support/gorgias.ts";
import { expect, test } from "./support/storefront.ts";
import { said, Visitor } from "./support/visitor.ts";

const ASKS_FOR_HUMAN = "I need to talk to a human about a billing issue.";
/** The contract's time for a change, plus the machine's. */
const SOON = { timeout: 30_000 };

/** A conversation in the agents' list, by its latest message. */
const inList = (page: Page, preview: string): Locator =>
  page.getByRole("list", { name: "Conversations" }).getByRole("listitem").filter({ hasText: preview });

/** The transcript on an agent's page of the conversation. */
const transcript = (page: Page): Locator => page.getByRole("log", { name: "Transcript" }).locator(".turn-text");

async function openFromList(page: Page, preview: string): Promise<void> {
  await inList(page, preview).getByRole("link").first().click();
  await expect(transcript(page).first()).toHaveText(preview);
}

async function reply(page: Page, text: string): Promise<void> {
  await page.getByLabel("Reply to the shopper").fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(transcript(page).filter({ hasText: text })).toHaveCount(1);
}

/** Presses `Hand over` on all of these pages, and lets no request reach the server before all were made. */
async function handOverAtOnce(...pages: Page[]): Promise<void> {
  let pressed = 0;
  let all = () => {};
  const together = new Promise<void>((done) => (all = done));
  for (const page of pages) {
    await page.route("**/api/conversations/hand-over", async (route) => {
      pressed += 1;
      if (pressed === pages.length) {
        all();
      }
      await together;
      await route.continue();
    });
  }
  const answers = pages.map((page) => page.waitForResponse("**/api/conversations/hand-over"));
  await Promise.all(pages.map((page) => page.getByRole("button", { name: "Hand over", exact: true }).click()));
  for (const answer of await Promise.all(answers)) {
    expect(answer.status(), "each agent gets a success").toBe(200);
  }
  await Promise.all(pages.map((page) => page.unroute("**/api/conversations/hand-over")));
}

const bodies = ({ messages }: Ticket): string => messages.map(({ body_text }) => body_text ?? "").join("\n");
const times = (text: string, part: string): number => text.split(part).length - 1;

test("two shoppers and two agents at once", async ({ stranger, agent, account, api }) => {
  await api.connect(account.credentials);
  const [jane, bob, ada, grace] = [await stranger(), await stranger(), await agent("Ada"), await agent("Grace")];
  await ada.goto("/conversations");
  await grace.goto("/conversations");

  await Promise.all([jane.open(), bob.open()]);
  await Promise.all([jane.write("Jane here, my mug leaks"), bob.write("Bob here, my shirt shrank")]);
  await Promise.all([jane.isSent(), bob.isSent()]);
  for (const page of [ada, grace]) {
    await expect(inList(page, "Jane here, my mug leaks")).toBeVisible(SOON);
    await expect(inList(page, "Bob here, my shirt shrank")).toBeVisible(SOON);
  }

  // Both open Jane's conversation, and both hand it over.
  await openFromList(ada, "Jane here, my mug leaks");
  await openFromList(grace, "Jane here, my mug leaks");
  await handOverAtOnce(ada, grace);
  await reply(ada, "Hello Jane, Ada here");
  await reply(grace, "And Grace, too");
  // Live: each sees what the other wrote, and what the shopper answers.
  await expect(transcript(ada).filter({ hasText: "And Grace, too" })).toHaveCount(1, SOON);
  await expect(transcript(grace).filter({ hasText: "Hello Jane, Ada here" })).toHaveCount(1, SOON);
  await expect(jane.log.locator(".agent .bubble")).toHaveText(["Hello Jane, Ada here", "And Grace, too"], SOON);
  await expect(jane.log.locator(".agent .who")).toHaveText(["Ada · Support team", "Grace · Support team"]);
  await jane.write("Thank you both");
  for (const page of [ada, grace]) {
    await expect(transcript(page).filter({ hasText: "Thank you both" })).toHaveCount(1, SOON);
  }

  // Then both open Bob's.
  for (const page of [ada, grace]) {
    await page.getByRole("link", { name: "All conversations" }).click();
    await openFromList(page, "Bob here, my shirt shrank");
  }
  await handOverAtOnce(grace, ada);
  await reply(grace, "Hello Bob, Grace here");
  await expect(bob.log.locator(".agent .bubble")).toHaveText(["Hello Bob, Grace here"], SOON);

  // Each shopper sees only their own messages.
  await expect(jane.log).not.toContainText("Bob");
  await expect(bob.log).not.toContainText("Jane");
  await expect(jane.own()).toHaveText(["Jane here, my mug leaks", "Thank you both"]);
  await expect(bob.own()).toHaveText(["Bob here, my shirt shrank"]);
  for (const shopper of [jane, bob]) {
    await expect(shopper.log.getByText("Our team has your conversation")).toHaveCount(1);
  }
  for (const page of [ada, grace]) {
    await expect(transcript(page).filter({ hasText: "Jane" })).toHaveCount(0);
  }

  // One handover and one ticket each, with its own messages, each exactly once.
  const { body } = await api.call<{ handovers: { handover_id: string }[] }>("GET", "handovers");
  expect(body.handovers).toHaveLength(2);
  for (const { handover_id } of body.handovers) {
    await api.until(handover_id, "delivered");
  }
  const ticketOf = (all: Ticket[], text: string) => all.filter((ticket) => bodies(ticket).includes(text));
  const SAID = {
    jane: ["Jane here, my mug leaks", "Hello Jane, Ada here", "And Grace, too", "Thank you both"],
    bob: ["Bob here, my shirt shrank", "Hello Bob, Grace here"],
  };
  for (const [mine, others] of [[SAID.jane, SAID.bob], [SAID.bob, SAID.jane]] as const) {
    await expect
      .poll(async () => {
        const [ticket, ...more] = ticketOf(await account.tickets(), mine[0] as string);
        return { more: more.length, said: mine.map((text) => times(ticket ? bodies(ticket) : "", text)) };
      }, SOON)
      .toEqual({ more: 0, said: mine.map(() => 1) });
    const [ticket] = ticketOf(await account.tickets(), mine[0] as string);
    expect(others.filter((text) => bodies(ticket as Ticket).includes(text))).toEqual([]);
  }
  expect(await account.tickets()).toHaveLength(2);
  expect(await account.sentToShoppers()).toEqual([]);
});

test("a network failure during a chat loses nothing on either side", async ({ stranger, agent }) => {
  const [jane, ada] = [await stranger(), await agent("Ada")];
  await jane.open();
  await jane.write("Before the tunnel");
  await jane.isSent();
  await ada.goto("/conversations");
  await openFromList(ada, "Before the tunnel");

  await jane.page.context().setOffline(true);
  await jane.write("In the tunnel");
  await jane.write("Still in it");
  await jane.write("Nearly out");
  await expect(jane.log.locator(".pending")).toHaveCount(3);
  await reply(ada, "Are you there?");
  await jane.page.context().setOffline(false);
  await jane.isSent();

  const own = ["Before the tunnel", "In the tunnel", "Still in it", "Nearly out"];
  await expect(jane.own()).toHaveText(own);
  await expect(jane.log.locator(".agent .bubble")).toHaveText(["Are you there?"], SOON);
  expect(await jane.kept()).toEqual(own);
  const fromShopper = ada.getByRole("log", { name: "Transcript" }).locator(".turn-shopper .turn-text");
  await expect(fromShopper).toHaveText(own, SOON);

  // Then the agent's own network.
  await ada.context().setOffline(true);
  await jane.write("Out again");
  await jane.isSent();
  await expect(ada.getByText("You are offline. The conversation updates again when you are back online.")).toBeVisible(SOON);
  await expect(fromShopper).toHaveText(own);
  await ada.context().setOffline(false);
  await expect(fromShopper).toHaveText([...own, "Out again"], SOON);
  await expect(ada.getByText("You are offline.")).toHaveCount(0);
});

test("a message sent twice is stored once", async ({ front, merchant, team }) => {
  const jane = await Visitor.of(front, merchant);
  for (const text of ["Hello", "Hello", "Something else under the same id"]) {
    const { status, talk } = await jane.say("first", text);
    expect(status).toBe(200);
    expect(said(talk)).toEqual(["Hello"]);
  }
  // More than 20 times a minute: messages that are already known do not count.
  const again = await Promise.all(Array.from({ length: 25 }, () => jane.say("second", "And then?")));
  expect(again.map(({ status }) => status)).toEqual(again.map(() => 200));
  const { talk } = await jane.say("third", "Bye");
  expect(said(talk)).toEqual(["Hello", "And then?", "Bye"]);
  expect(await team.talks()).toHaveLength(1);
});

test("a first message resent before its response is one conversation and one ticket", async ({
  front,
  merchant,
  team,
  api,
  account,
}) => {
  await api.connect(account.credentials);
  // Several visitors, because each has only one first message.
  const visitors = await Promise.all(Array.from({ length: 5 }, () => Visitor.of(front, merchant)));
  for (const visitor of visitors) {
    const answers = await Promise.all(Array.from({ length: 4 }, () => visitor.say("first", ASKS_FOR_HUMAN)));
    for (const { status, talk } of answers) {
      expect(status).toBe(200);
      expect(said(talk)).toEqual([ASKS_FOR_HUMAN]);
    }
  }
  expect((await team.talks()).map(({ preview }) => preview)).toEqual(visitors.map(() => ASKS_FOR_HUMAN));
  const { body } = await api.call<{ handovers: { handover_id: string }[] }>("GET", "handovers");
  for (const { handover_id } of body.handovers) {
    await api.until(handover_id, "delivered");
  }
  expect(await account.tickets()).toHaveLength(5);
});
