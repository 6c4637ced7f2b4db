// The demo shop with the chat.

import type { Page } from "@playwright/test";

import { Api } from "../support/api.ts";
import { ChatPage } from "../support/storefront.ts";
import { EVERYWHERE, type State, type World } from "./state.ts";

const MERCHANT = "demo";
const HUMAN = "I need to talk to a human about a billing issue.";

/** Opens the shop's page with the chat closed. */
async function visit({ page, demo }: World): Promise<ChatPage> {
  const convi = await demo();
  const chat = new ChatPage(page, convi.url, MERCHANT);
  await page.goto(`${convi.url}/demo/store`);
  await chat.launch.waitFor();
  return chat;
}

/** A state of the chat. The demo has no sign-in. */
function seen(name: string, reach: (chat: ChatPage, world: World) => Promise<void>): State {
  return {
    name: `demo shop, ${name}`,
    also: EVERYWHERE,
    role: null,
    live: false,
    reach: async (world) => reach(await visit(world), world),
  };
}

async function addToCart(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Add" }).first().click();
}

export const shop: State[] = [
  seen("the chat is closed", async (_chat, { page }) => addToCart(page)),
  seen("the chat is open and nothing was said", async (chat) => chat.open()),
  seen("the assistant answers", async (chat) => {
    await chat.open();
    await chat.write("Hello!");
    await chat.log.getByText("Sorry, I don't have an answer to that.").waitFor();
    await chat.isSent();
  }),
  seen("the chat asks for an address", async (chat) => {
    await chat.open();
    await chat.write("Where is my order #1042?");
    await chat.email.waitFor();
    await chat.isSent();
  }),
  seen("the address is refused", async (chat, { page }) => {
    await chat.open();
    await chat.write("Where is my order #1042?");
    await chat.email.fill("jane");
    await page.getByRole("button", { name: "Save" }).click();
    await chat.panel.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
  }),
  seen("the chat is handed over and asks for an address", async (chat) => {
    await chat.open();
    await chat.write(HUMAN);
    await chat.panel.getByText("With our team").waitFor();
    await chat.email.waitFor();
    await chat.isSent();
  }),
  seen("the team answers", async (chat, { demo }) => {
    const convi = await demo();
    const api = new Api(convi, MERCHANT, await convi.token(MERCHANT, "owner"));
    await chat.open();
    await chat.write(`I am jane@example.com. ${HUMAN}`);
    await chat.panel.getByText("With our team").waitFor();
    await chat.isSent();
    await api.reply((await api.conversation()).id, "Hello Jane, Olive here. Which invoice is it about?\nhttps://shop.example/invoices");
    await chat.log.getByText("Olive here.").waitFor();
  }),
  seen("the conversation is resolved", async (chat, { demo }) => {
    const convi = await demo();
    const api = new Api(convi, MERCHANT, await convi.token(MERCHANT, "owner"));
    await chat.open();
    await chat.write("Do you ship to Norway?");
    await chat.isSent();
    await api.resolve((await api.conversation()).id);
    await chat.panel.getByText("This conversation is resolved.").waitFor();
  }),
  seen("the chat is offline", async (chat, { page }) => {
    await chat.open();
    await chat.write("Hello!");
    await chat.isSent();
    await page.context().setOffline(true);
    await chat.write("Are you still there?");
    await chat.strip.getByText("You are offline.").waitFor();
  }),
];
