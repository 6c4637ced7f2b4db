// The list of conversations.

import { CONVERSATIONS, conversationList } from "../support/screen.ts";
import { Shopper } from "../support/shopper.ts";
import { EVERYWHERE, type State, type World } from "./state.ts";

/** One of each kind: open, with an address, handed over with a ticket, resolved manually. */
async function aDay({ convi, merchant, account, api }: World): Promise<void> {
  await api.connect(account.credentials);
  await api.setFaqs([{ question: "How long does delivery take?", answer: "Two to four working days." }]);
  await Shopper.writes(convi, merchant, "The glaze of my mug has a crack, and it came broken.");
  await api.resolve((await api.conversation()).id);
  await Shopper.writes(convi, merchant, "I am sofia.lindqvist@example.com. I need to talk to a human about a billing issue.");
  await api.conversationUntil("delivered");
  await Shopper.writes(convi, merchant, "Where is my order #1042? You reach me at tom@example.com.");
  await Shopper.writes(convi, merchant, "How long does delivery take?");
}

export const conversations: State[] = [
  {
    name: "conversations, empty",
    also: EVERYWHERE,
    async reach({ page }) {
      await page.goto(CONVERSATIONS);
      await page.getByText("No conversations yet").waitFor();
    },
  },
  {
    name: "conversations, open, handed over, resolved, with and without an address",
    also: EVERYWHERE,
    async reach(world) {
      await aDay(world);
      await world.page.goto(CONVERSATIONS);
      const list = conversationList(world.page);
      await list.getByRole("link", { name: "Ticket #" }).waitFor();
      await list.getByRole("listitem").nth(3).getByText("Resolved").waitFor();
      await list.getByText("Anonymous visitor").first().waitFor();
    },
  },
  ...(["Open", "Handed over", "Resolved"] as const).map(
    (label): State => ({
      name: `conversations, filtered by ${label}`,
      also: label === "Handed over" ? EVERYWHERE : [],
      async reach(world) {
        await aDay(world);
        await world.page.goto(CONVERSATIONS);
        const filter = world.page.getByRole("navigation", { name: "Filter" });
        await filter.getByRole("link", { name: label, exact: true }).click();
        await conversationList(world.page)
          .getByRole("listitem")
          .nth(label === "Open" ? 2 : 1)
          .waitFor({ state: "detached" });
      },
    }),
  ),
  {
    name: "conversations, a filter without matches",
    async reach({ page, convi, merchant }) {
      await Shopper.writes(convi, merchant, "Do you ship to Norway?");
      await page.goto(`${CONVERSATIONS}?state=resolved`);
      await page.getByText("No conversations with the status “Resolved”.").waitFor();
    },
  },
  {
    name: "conversations, a search with a match",
    also: ["dark", "narrow"],
    async reach(world) {
      await aDay(world);
      await world.page.goto(CONVERSATIONS);
      await world.page.getByRole("searchbox").fill("billing");
      await conversationList(world.page).getByRole("listitem").nth(1).waitFor({ state: "detached" });
    },
  },
  {
    name: "conversations, a search without a match",
    also: EVERYWHERE,
    async reach(world) {
      await aDay(world);
      await world.page.goto(CONVERSATIONS);
      await world.page.getByRole("searchbox").fill(`a zebra ${"in the kitchen ".repeat(6)}`);
      await world.page.getByText("No results for").waitFor();
    },
  },
  {
    name: "conversations, many rows",
    also: EVERYWHERE,
    async reach({ page, convi, merchant }) {
      for (let n = 1; n <= 32; n += 1) {
        await Shopper.writes(convi, merchant, `Question ${n}: is the mug dishwasher safe?`);
      }
      await page.goto(CONVERSATIONS);
      await page.getByRole("button", { name: "Show more" }).waitFor();
    },
  },
  {
    name: "conversations, long and hostile texts",
    also: EVERYWHERE,
    async reach({ page, convi, merchant }) {
      await Shopper.writes(convi, merchant, `<script>alert("preview")</script> ${"and on ".repeat(60)}`);
      await Shopper.writes(convi, merchant, "Wolfeschlegelsteinhausenbergerdorff".repeat(8));
      await Shopper.writes(convi, merchant, "\u05e9\u05dc\u05d5\u05dd, \u05d0\u05d9\u05e4\u05d4 \u05d4\u05d4\u05d6\u05de\u05e0\u05d4 \u05e9\u05dc\u05d9?");
      await Shopper.writes(convi, merchant, `Write to ${"a".repeat(60)}@${"b".repeat(60)}.example.com`);
      await page.goto(CONVERSATIONS);
      await page.getByText('<script>alert("preview")</script>').waitFor();
    },
  },
  {
    name: "conversations, Handover to human is inactive",
    also: EVERYWHERE,
    async reach({ page, convi, merchant, api }) {
      await api.setHandover({ active: false });
      await Shopper.writes(convi, merchant, "I need to talk to a human about a billing issue.");
      await page.goto(CONVERSATIONS);
      await page.getByText("Handover to human is inactive").waitFor();
    },
  },
  {
    name: "conversations, tickets waiting, held, or nobody was told",
    also: EVERYWHERE,
    async reach({ page, convi, merchant, account, api }) {
      await Shopper.writes(convi, merchant, "Can I talk to a human, please?");
      await api.connect(account.credentials);
      await account.revokeKey();
      await Shopper.writes(convi, merchant, "I need to talk to a human about a refund.");
      await api.conversationUntil("held");
      await page.goto(CONVERSATIONS);
      await page.getByText("Nobody was told").waitFor();
      await page.getByText("Held until Gorgias works again").waitFor();
    },
  },
  {
    name: "conversations, offline",
    also: ["narrow"],
    async reach({ page, convi, merchant }) {
      await Shopper.writes(convi, merchant, "Do you ship to Norway?");
      await page.goto(CONVERSATIONS);
      await page.context().setOffline(true);
      await page.getByText("You are offline.").waitFor();
    },
  },
];
