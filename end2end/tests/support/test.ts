// The `test` of every spec: a server and an emulator per worker, and a merchant per test.

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { test as base, expect, type BrowserContext, type Page } from "@playwright/test";

import { Api } from "./api.ts";
import { Convi, type Role } from "./convi.ts";
import { Gorgias, type GorgiasAccount } from "./gorgias.ts";
import { guard } from "./guard.ts";
import { Mailbox } from "./mailbox.ts";
import { type Endpoint, Receiver } from "./receiver.ts";
import { Zendesk, type ZendeskAccount } from "./zendesk.ts";

export { expect };

export interface Options {
  /** The role of the signed-in person. `null`: not signed in. */
  role: Role | null;
  /** Whether `page.goto` waits until the page is live. Off for pages outside the app. */
  live: boolean;
}

interface TestFixtures extends Options {
  /** This test's own merchant. */
  merchant: string;
  /** This merchant's Gorgias account. */
  account: GorgiasAccount;
  /** This merchant's Zendesk account. */
  desk: ZendeskAccount;
  /** This merchant's own program, which receives events. */
  endpoint: Endpoint;
  /** The API of this merchant's owner, without the screen. */
  api: Api;
  /** What went wrong in any page so far. A test that provokes a problem removes it; any that remain fail the test. */
  problems: string[];
}

interface WorkerFixtures {
  /** Whether the server has the demo's pages. Then everyone is its owner, except those who come with a token. */
  demoPages: boolean;
  folder: string;
  gorgias: Gorgias;
  zendesk: Zendesk;
  receiver: Receiver;
  /** The server that receives the team's emails. */
  mailbox: Mailbox;
  convi: Convi;
  /** A separate server with the demo's pages, started by the first test that needs it. */
  demo: () => Promise<Convi>;
}

let merchants = 0;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  role: ["owner", { option: true }],
  live: [true, { option: true }],
  demoPages: [false, { option: true, scope: "worker" }],

  folder: [
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), "convi-end2end-"));
      await use(folder);
      await rm(folder, { recursive: true, force: true });
    },
    { scope: "worker" },
  ],
  gorgias: [
    async ({ folder }, use) => {
      const gorgias = await Gorgias.start(folder);
      await use(gorgias);
      await gorgias.stop();
    },
    { scope: "worker" },
  ],
  zendesk: [
    async ({ folder }, use) => {
      const zendesk = await Zendesk.start(folder);
      await use(zendesk);
      await zendesk.stop();
    },
    { scope: "worker" },
  ],
  receiver: [
    async ({}, use) => {
      const receiver = await Receiver.start();
      await use(receiver);
      await receiver.stop();
    },
    { scope: "worker" },
  ],
  mailbox: [
    async ({}, use) => {
      const mailbox = await Mailbox.start();
      await use(mailbox);
      await mailbox.pause();
    },
    { scope: "worker" },
  ],
  convi: [
    async ({ demoPages, folder, gorgias, zendesk, receiver, mailbox }, use) => {
      const more: Record<string, string> = demoPages ? { CONVI_DEMO: "1" } : {};
      const settings = { CONVI_ZENDESK_URL: `${zendesk.url}/{subdomain}`, ...receiver.allowed, ...more };
      const convi = await Convi.start(folder, gorgias.url, mailbox.url, settings);
      await use(convi);
      await convi.stop();
    },
    { scope: "worker" },
  ],
  demo: [
    async ({ folder, gorgias, mailbox }, use) => {
      let running: Promise<Convi> | undefined;
      const start = async () => {
        const own = join(folder, "demo");
        await mkdir(own);
        return Convi.start(own, gorgias.url, mailbox.url, { CONVI_DEMO: "1" });
      };
      await use(() => (running ??= start()));
      await (await running)?.stop();
    },
    { scope: "worker" },
  ],

  merchant: async ({}, use, info) => {
    await use(`m-${info.parallelIndex}-${info.workerIndex}-${++merchants}`);
  },
  account: async ({ gorgias, merchant }, use) => {
    const account = await gorgias.account(merchant);
    await use(account);
    // Releases hanging requests, so that no test waits for another's.
    await account.clearFaults();
  },
  desk: async ({ zendesk, merchant }, use) => {
    await use(await zendesk.account(merchant));
  },
  endpoint: async ({ receiver, merchant }, use) => {
    await use(receiver.endpoint(merchant));
  },
  api: async ({ convi, merchant }, use) => {
    await use(new Api(convi, merchant, await convi.token(merchant, "owner")));
  },
  baseURL: async ({ convi }, use) => {
    await use(convi.url);
  },
  problems: async ({ context }, use) => {
    const problems = guard(context);
    await use(problems);
    expect(problems, "what went wrong in a page").toEqual([]);
  },
  page: async ({ page, convi, context, merchant, problems, role, live }, use) => {
    // Named, so that it is set up before the page does anything.
    void problems;
    if (role) {
      await signIn(context, convi, await convi.token(merchant, role));
    }
    if (live) {
      waitUntilLive(page);
    }
    await use(page);
  },
});

/** Signs in the person that the token names. */
export async function signIn(context: BrowserContext, convi: Convi, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await context.request.post(`${convi.url}/v1/session`, { headers });
  expect(answer.status(), "a session for this merchant").toBe(204);
}

/** From now on, `goto` and `reload` return once the page responds to clicks, not merely when it is painted. */
export function waitUntilLive(page: Page): void {
  const isLive = () => page.locator("html[data-hydrated]").waitFor({ state: "attached" });
  const { goto, reload } = { goto: page.goto.bind(page), reload: page.reload.bind(page) };
  page.goto = async (url, options) => {
    const response = await goto(url, options);
    await isLive();
    return response;
  };
  page.reload = async (options) => {
    const response = await reload(options);
    await isLive();
    return response;
  };
}
