// A shop on its own origin with the real server's chat on its page, like every real shop, and what a test may see of
// the chat.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import {
  expect,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from "@playwright/test";

import { inFrontOf } from "./front.ts";
import { guard } from "./guard.ts";
import { Team } from "./team.ts";
import { signIn, test as base, waitUntilLive } from "./test.ts";

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

/** A page with the chat, whose parts are found as people find them: by eye, screen reader or keyboard. */
export class ChatPage {
  readonly launch: Locator;
  readonly panel: Locator;
  readonly log: Locator;
  readonly field: Locator;
  readonly strip: Locator;
  readonly email: Locator;

  constructor(
    readonly page: Page,
    private readonly front: string,
    private readonly merchant: string,
  ) {
    const host = page.locator("convi-chat");
    this.launch = host.getByRole("button", { name: /^Open chat/ });
    this.panel = host.getByRole("dialog");
    this.log = host.getByRole("log");
    this.field = host.getByRole("textbox", { name: "Your message" });
    this.strip = host.getByRole("status");
    this.email = host.getByRole("textbox", { name: "Your email address" });
  }

  async open(): Promise<void> {
    await this.launch.click();
    await expect(this.field).toBeFocused();
  }

  async write(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** The shopper's messages on the page, in order. */
  own(): Locator {
    return this.log.locator(".shopper .bubble");
  }

  /** Waits until every message has been answered. */
  async isSent(): Promise<void> {
    await expect(this.log.locator(".pending")).toHaveCount(0);
  }

  token(): Promise<string | null> {
    return this.page.evaluate((key) => localStorage.getItem(key), `convi-chat:${this.merchant}:token`);
  }

  /** Returns the server's view of this visitor's conversation. */
  async talk(): Promise<Talk> {
    const response = await fetch(`${this.front}/chat/v1/conversation?after=0`, {
      headers: { authorization: `Bearer ${await this.token()}` },
    });
    expect(response.status, "the visitor's token is good").toBe(200);
    return (await response.json()) as Talk;
  }

  /** Returns this visitor's own messages on the server, in order. */
  async kept(): Promise<string[]> {
    const { messages } = await this.talk();
    return messages.filter(({ author }) => author === "shopper").map(({ text }) => text);
  }
}

interface Fixtures {
  /** The origin of the chat's script and API. */
  front: string;
  /** The merchant's team, without the screen. */
  team: Team;
  /** The address of a shop page with the chat. */
  shop: string;
  /** The shop's page, loaded, with the chat still closed. */
  shopper: ChatPage;
  /** Opens another tab of the same visitor. */
  visit: () => Promise<ChatPage>;
  /** Opens a private window of another visitor. */
  stranger: () => Promise<ChatPage>;
  /** Opens a signed-in window of a team member. */
  agent: (name: string) => Promise<Page>;
  /** Opens a window of another person. */
  window: (options?: BrowserContextOptions) => Promise<BrowserContext>;
}

/** Serves a shop's page and nothing else, until stopped. */
async function serve(html: string, policy: string): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/favicon.ico" ? 204 : 200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
    });
    response.end(request.url === "/favicon.ico" ? "" : html);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function visitor(page: Page, front: string, merchant: string, shop: string): Promise<ChatPage> {
  const chat = new ChatPage(page, front, merchant);
  await page.goto(shop);
  // A tab of the same session may find it open.
  await expect(chat.launch.or(chat.panel)).toBeVisible();
  return chat;
}

export const test = base.extend<Fixtures>({
  // These tests use a shopper's page.
  role: null,
  live: false,
  front: async ({ convi }, use) => {
    const front = await inFrontOf(convi.url);
    await use(front.url);
    await front.stop();
  },
  team: async ({ convi, merchant }, use) => {
    await use(new Team(convi, merchant));
  },
  shop: async ({ front, merchant }, use) => {
    const html = `<!doctype html><html lang="en"><head><title>A shop</title>
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <script type="module" async src="${front}/storefront/convi-chat.js"></script></head>
      <body><main><h1>A shop</h1><p><a href="#more">More</a></p></main>
      <convi-chat merchant="${merchant}"></convi-chat></body></html>`;
    // What a careful shop allows, and no more: no inline style, no eval.
    const policy = `default-src 'none'; script-src ${front}; connect-src ${front}; img-src 'self'`;
    const server = await serve(html, policy);
    await use(`${server.url}/p/mug?colour=blue`);
    await server.stop();
  },
  shopper: async ({ page, front, merchant, shop }, use) => {
    await use(await visitor(page, front, merchant, shop));
  },
  visit: async ({ context, front, merchant, shop, problems }, use) => {
    void problems;
    await use(async () => visitor(await context.newPage(), front, merchant, shop));
  },
  window: async ({ browser, contextOptions, problems }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext({ ...contextOptions, ...options });
      opened.push(context);
      guard(context, problems);
      return context;
    });
    await Promise.all(opened.map((context) => context.close()));
  },
  stranger: async ({ window, front, merchant, shop }, use) => {
    await use(async () => visitor(await (await window()).newPage(), front, merchant, shop));
  },
  agent: async ({ window, convi, merchant }, use) => {
    await use(async (name) => {
      const context = await window();
      await signIn(context, convi, await convi.token(merchant, "owner", name));
      const page = await context.newPage();
      waitUntilLive(page);
      return page;
    });
  },
});
