// One conversation, as the team sees it.

import type { Conversation } from "../support/api.ts";
import { onCreate } from "../support/gorgias.ts";
import { conversationPath, toasts } from "../support/screen.ts";
import { Shopper } from "../support/shopper.ts";
import { EVERYWHERE, type State, type World } from "./state.ts";

const HUMAN = "I need to talk to a human about a billing issue.";

/** Opens its page and waits for this text. */
async function open({ page }: World, { id }: Conversation, text: string): Promise<void> {
  await page.goto(conversationPath(id));
  await page.getByText(text).first().waitFor();
}

export const conversation: State[] = [
  {
    name: "conversation, open",
    also: EVERYWHERE,
    async reach(world) {
      const { convi, merchant, api } = world;
      await api.setFaqs([{ question: "How long does delivery take?", answer: "Two to four working days." }]);
      const shopper = await Shopper.writes(convi, merchant, "Hello, how long does delivery take?");
      await shopper.says("And where is my order #1042?", {
        page_url: "https://shop.example/collections/autumn/products/everyday-mug",
        context: { order_number: "#1042" },
      });
      await open(world, await api.conversation(), "Two to four working days.");
    },
  },
  {
    name: "conversation, handed over, with its ticket",
    also: EVERYWHERE,
    async reach(world) {
      const { convi, merchant, account, api } = world;
      await api.connect(account.credentials);
      const shopper = await Shopper.writes(convi, merchant, `I am jane@example.com. ${HUMAN}`);
      const found = await api.conversationUntil("delivered");
      await shopper.says("It is about the invoice of last week.");
      await open(world, found, "Ticket #");
    },
  },
  {
    name: "conversation, handed over and waiting",
    also: EVERYWHERE,
    async reach(world) {
      const { convi, merchant, account, api } = world;
      await api.connect(account.credentials);
      await account.fault({ kind: "status", status: 429, ...onCreate, times: 1 });
      await Shopper.writes(convi, merchant, HUMAN);
      await open(world, await api.conversationUntil("waiting"), "Trying again at");
    },
  },
  {
    name: "conversation, handed over while the connection is broken",
    also: EVERYWHERE,
    async reach(world) {
      const { convi, merchant, account, api } = world;
      await api.connect(account.credentials);
      await account.revokeKey();
      await Shopper.writes(convi, merchant, HUMAN);
      await open(world, await api.conversationUntil("held"), "Held until Gorgias works again");
    },
  },
  {
    name: "conversation, handed over and failed",
    also: ["narrow"],
    async reach(world) {
      const { convi, merchant, account, api } = world;
      await api.connect(account.credentials);
      await account.fault({ kind: "status", status: 413, ...onCreate, times: 1 });
      await Shopper.writes(convi, merchant, HUMAN);
      await open(world, await api.conversationUntil("failed"), "The ticket is larger");
    },
  },
  {
    name: "conversation, handed over and nobody was told",
    also: EVERYWHERE,
    async reach(world) {
      const { convi, merchant, api } = world;
      await Shopper.writes(convi, merchant, HUMAN);
      await open(world, await api.conversation(), "Connect a helpdesk");
    },
  },
  {
    name: "conversation, handed over manually, with a toast",
    also: EVERYWHERE,
    async reach(world) {
      const { page, convi, merchant, account, api } = world;
      await api.connect(account.credentials);
      await Shopper.writes(convi, merchant, "Do you ship to Norway? jane@example.com");
      await open(world, await api.conversation(), "Do you ship to Norway?");
      await page.getByRole("button", { name: "Hand over", exact: true }).click();
      await toasts(page).getByRole("button", { name: "Dismiss" }).focus();
      await page.getByText("Ticket #").first().waitFor();
    },
  },
  {
    name: "conversation, resolved",
    also: EVERYWHERE,
    async reach(world) {
      const { convi, merchant, api } = world;
      await Shopper.writes(convi, merchant, "Do you ship to Norway?");
      const found = await api.conversation();
      await api.resolve(found.id);
      await open(world, found, "This conversation is resolved.");
    },
  },
  {
    name: "conversation, the team's replies",
    also: EVERYWHERE,
    async reach(world) {
      const { convi, merchant, account, api } = world;
      await api.connect(account.credentials);
      const shopper = await Shopper.writes(convi, merchant, "Hello", `I am jane@example.com. ${HUMAN}`);
      const found = await api.conversationUntil("delivered");
      await api.reply(found.id, "Hello Jane, Olive here. Which invoice is it about?");
      await shopper.says("The one of 14 November. I was charged twice.");
      await api.reply(found.id, "You are right, and I am sorry.\n\nI have sent 24.00 EUR back; it takes two to three days.");
      await shopper.says("Thank you!");
      await open(world, found, "Thank you!");
    },
  },
  {
    name: "conversation, an empty reply is rejected",
    also: EVERYWHERE,
    async reach(world) {
      const { page, convi, merchant, api } = world;
      await Shopper.writes(convi, merchant, HUMAN);
      await open(world, await api.conversation(), HUMAN);
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByText("Write a reply first.").waitFor();
    },
  },
  {
    name: "conversation, long text",
    also: EVERYWHERE,
    async reach(world) {
      const { convi, merchant, api } = world;
      const shopper = await Shopper.writes(convi, merchant, `It began like this. ${"And then it went on. ".repeat(150)}`);
      await shopper.says("Wolfeschlegelsteinhausenbergerdorff".repeat(12), {
        page_url: `https://shop.example/${"a-very-long-path/".repeat(20)}`,
        context: { order_number: "ORDER-2026-11-22-000000000000000000000000001042-B" },
      });
      await shopper.says(`Write to ${"a".repeat(60)}@${"b".repeat(60)}.example.com`);
      await open(world, await api.conversation(), "Wolfeschlegelsteinhausenbergerdorff");
    },
  },
  {
    name: "conversation, right-to-left text",
    also: EVERYWHERE,
    async reach(world) {
      const { convi, merchant, api } = world;
      const hello = "\u05e9\u05dc\u05d5\u05dd, \u05d0\u05d9\u05e4\u05d4 \u05d4\u05d4\u05d6\u05de\u05e0\u05d4 \u05e9\u05dc\u05d9 #1042?";
      await Shopper.writes(convi, merchant, hello, "\u0645\u0631\u062d\u0628\u0627\u060c \u0623\u064a\u0646 \u0637\u0644\u0628\u064a\u061f");
      const found = await api.conversation();
      await api.reply(found.id, "\u05e9\u05dc\u05d5\u05dd! \u05d4\u05d4\u05d6\u05de\u05e0\u05d4 \u05d1\u05d3\u05e8\u05da.");
      await open(world, found, hello);
    },
  },
  {
    name: "conversation, not found",
    also: EVERYWHERE,
    async reach({ page }) {
      await page.goto(conversationPath("nothing"));
      await page.getByRole("heading", { name: "Conversation", exact: true }).waitFor();
    },
  },
  {
    name: "conversation, as a member",
    also: EVERYWHERE,
    role: "member",
    async reach(world) {
      const { convi, merchant, api } = world;
      await Shopper.writes(convi, merchant, "Do you ship to Norway?");
      await open(world, await api.conversation(), "You can read along.");
    },
  },
  {
    name: "conversation, offline",
    async reach(world) {
      const { page, convi, merchant, api } = world;
      await Shopper.writes(convi, merchant, "Do you ship to Norway?");
      await open(world, await api.conversation(), "Do you ship to Norway?");
      await page.context().setOffline(true);
      await page.getByText("You are offline.").waitFor();
    },
  },
];
