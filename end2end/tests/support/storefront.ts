// A shop on an origin of its own with the chat on its page, as every real one is, and what a test may see of the chat.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { test as base, expect, type BrowserContext, type Locator, type Page } from "@playwright/test";

import { ChatMock } from "./chat-mock.ts";
import { guard } from "./guard.ts";

export { expect };

export interface TalkMessage {
  number: number;
  id: string | null;
  author: "shopper" | "assistant" | "agent" | "system";
  name: string | null;
  text: string;
  sent_at: string;
}

export interface Talk {
  state: "new" | "open" | "handed_over" | "resolved";
  needs_email: boolean;
  email: string | null;
  messages: TalkMessage[];
}

/** Whoever answers the chat. Everything else a test asks for goes over the wire, or is done to the network. */
export interface ChatServer {
  /** Origin of the chat's script and of its API. */
  readonly url: string;
  /** Somebody of the team writes in every conversation of this merchant. */
  agentSays(merchant: string, name: string | null, text: string): Promise<void>;
  /** Somebody of the team resolves every conversation of this merchant. */
  resolve(merchant: string): Promise<void>;
  stop(): Promise<void>;
}

/** A page with the chat, as a person with eyes, ears or a keyboard finds its parts. */
export class ChatPage {
  readonly launch: Locator;
  readonly panel: Locator;
  readonly log: Locator;
  readonly field: Locator;
  readonly strip: Locator;
  readonly email: Locator;

  constructor(
    readonly page: Page,
    private readonly chat: Pick<ChatServer, "url">,
    private readonly merchant: string,
  ) {
    const host = page.locator("convi-chat");
    this.launch = host.getByRole("button", { name: /^Open chat/ });
    this.panel = host.getByRole("dialog");
    this.log = host.getByRole("log");
    this.field = host.getByRole("textbox", { name: "Your message" });
    this.strip = host.getByRole("status");
    this.email = host.getByRole("textbox", { name: "Your e-mail address" });
  }

  async open(): Promise<void> {
    await this.launch.click();
    await expect(this.field).toBeFocused();
  }

  async write(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** What the shopper wrote, as it stands on the page, in its order. */
  own(): Locator {
    return this.log.locator(".shopper .bubble");
  }

  /** Waits until everything that was written has been answered. */
  async isSent(): Promise<void> {
    await expect(this.log.locator(".pending")).toHaveCount(0);
  }

  token(): Promise<string | null> {
    return this.page.evaluate((key) => localStorage.getItem(key), `convi-chat:${this.merchant}:token`);
  }

  /** What the server has of this visitor's own messages, in its order. */
  async kept(): Promise<string[]> {
    const response = await fetch(`${this.chat.url}/chat/v1/conversation?after=0`, {
      headers: { authorization: `Bearer ${await this.token()}` },
    });
    expect(response.status, "the visitor's token is good").toBe(200);
    const { messages } = (await response.json()) as Talk;
    return messages.filter(({ author }) => author === "shopper").map(({ text }) => text);
  }
}

interface Fixtures {
  /** This test's merchant: no other test uses it. */
  merchant: string;
  /** The address of a shop's page with the chat. */
  shop: string;
  /** What went wrong in any page so far. What is left at the end fails the test. */
  problems: string[];
  /** The shop's page, loaded, with the chat still closed. */
  shopper: ChatPage;
  /** The same visitor in another tab, or another visitor in another context. */
  visit: (context?: BrowserContext) => Promise<ChatPage>;
}

let merchants = 0;

export const test = base.extend<Fixtures, { chat: ChatServer }>({
  chat: [
    async ({}, use) => {
      // To run all of it against the real server: a ChatServer over `Convi` in this line.
      const chat: ChatServer = await ChatMock.start();
      await use(chat);
      await chat.stop();
    },
    { scope: "worker" },
  ],
  merchant: async ({}, use, info) => {
    await use(`chat-${info.parallelIndex}-${info.workerIndex}-${++merchants}`);
  },
  shop: async ({ chat, merchant }, use) => {
    const html = `<!doctype html><html lang="en"><head><title>A shop</title>
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <script type="module" async src="${chat.url}/storefront/convi-chat.js"></script></head>
      <body><main><h1>A shop</h1><p><a href="#more">More</a></p></main>
      <convi-chat merchant="${merchant}"></convi-chat></body></html>`;
    // What a careful shop allows, and not a word more: no inline style, no eval.
    const policy = `default-src 'none'; script-src ${chat.url}; connect-src ${chat.url}; img-src 'self'`;
    const server = createServer((request, response) => {
      response.writeHead(request.url === "/favicon.ico" ? 204 : 200, {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
      });
      response.end(request.url === "/favicon.ico" ? "" : html);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/p/mug?colour=blue`);
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  },
  problems: async ({ context }, use) => {
    const problems = guard(context);
    await use(problems);
    expect(problems, "what went wrong in a page").toEqual([]);
  },
  visit: async ({ chat, context, merchant, shop, problems }, use) => {
    void problems;
    await use(async (where = context) => {
      const visitor = new ChatPage(await where.newPage(), chat, merchant);
      await visitor.page.goto(shop);
      await expect(visitor.launch.or(visitor.panel)).toBeVisible();
      return visitor;
    });
  },
  shopper: async ({ page, chat, merchant, shop, problems }, use) => {
    void problems;
    const shopper = new ChatPage(page, chat, merchant);
    await page.goto(shop);
    await expect(shopper.launch).toBeVisible();
    await use(shopper);
  },
});
