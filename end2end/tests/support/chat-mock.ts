// A server that speaks docs/chat-api.md, as small as it can be, and the storefront's files beside it. It has what the
// wire promises (numbers, ids taken once, tokens, 304) and the least of an assistant: whoever asks for a human gets one.

import { createHash, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, resolve } from "node:path";

import type { ChatServer, Talk, TalkMessage } from "./storefront.ts";

const FILES = resolve(import.meta.dirname, "../../../storefront");
const TYPES: Record<string, string> = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html" };
/** The demo shop's policy, as server/src/http/demo.rs sends it. */
const DEMO_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const EMAIL = /[^\s@<>]+@[^\s@<>]+\.[a-z]{2,}/i;

interface Conversation {
  merchant: string;
  talk: Talk;
}

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly field?: string,
  ) {
    super(detail);
  }
}

export class ChatMock implements ChatServer {
  private readonly conversations = new Map<string, Conversation>();

  private constructor(private readonly server: Server) {}

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<ChatMock> {
    const server = createServer((request, response) => {
      mock.answer(request, response).catch((error: unknown) => {
        const refused = error instanceof Refused ? error : new Refused(500, String(error));
        const errors = refused.field ? [{ field: refused.field, message: refused.detail }] : undefined;
        const { status, detail } = refused;
        send(response, status, JSON.stringify({ status, detail, errors }), {
          "content-type": "application/problem+json",
        });
      });
    });
    const mock = new ChatMock(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return mock;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  async agentSays(merchant: string, name: string | null, text: string): Promise<void> {
    this.of(merchant).forEach((talk) => add(talk, { author: "agent", name, text }));
  }

  async resolve(merchant: string): Promise<void> {
    this.of(merchant).forEach((talk) => (talk.state = "resolved"));
  }

  private of(merchant: string): Talk[] {
    return [...this.conversations.values()].filter((one) => one.merchant === merchant).map(({ talk }) => talk);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    if (request.method === "OPTIONS") {
      send(response, 204, "", {
        "access-control-allow-headers": "authorization, content-type, if-none-match",
        "access-control-allow-methods": "GET, POST",
      });
      return;
    }
    if (url.pathname === "/favicon.svg") {
      send(response, 204, "");
      return;
    }
    if (!url.pathname.startsWith("/chat/v1/")) {
      await this.file(url.pathname, response);
      return;
    }
    const body = request.method === "POST" ? await json(request) : {};
    const route = `${request.method} ${url.pathname.slice("/chat/v1/".length)}`;
    if (route === "POST visitors") {
      const token = randomUUID();
      const talk: Talk = { state: "new", needs_email: false, email: null, messages: [] };
      this.conversations.set(token, { merchant: String(body.merchant), talk });
      send(response, 201, JSON.stringify({ token }), { "content-type": "application/json" });
      return;
    }
    const talk = this.conversations.get((request.headers.authorization ?? "").replace(/^Bearer /, ""))?.talk;
    if (!talk) {
      throw new Refused(401, "This visitor is not known.");
    }
    if (route === "POST messages") {
      post(talk, body);
    } else if (route === "POST email") {
      leaveEmail(talk, String(body.email));
    } else if (route !== "GET conversation") {
      throw new Refused(404, "There is nothing here under this name.");
    }
    const after = Number(url.searchParams.get("after") ?? 0);
    const said = JSON.stringify({ ...talk, messages: talk.messages.filter(({ number }) => number > after) });
    const etag = `"${createHash("sha256").update(said).digest("hex").slice(0, 16)}"`;
    if (request.method === "GET" && request.headers["if-none-match"] === etag) {
      send(response, 304, "", { etag });
      return;
    }
    send(response, 200, said, { "content-type": "application/json", etag });
  }

  private async file(path: string, response: ServerResponse): Promise<void> {
    const isDemo = path === "/demo/store";
    const name = isDemo ? "demo/store.html" : normalize(path.replace(/^\/storefront\//, ""));
    if (name.startsWith("..") || name.startsWith("/")) {
      throw new Refused(404, "There is nothing here under this name.");
    }
    const bytes = await readFile(join(FILES, name)).catch(() => {
      throw new Refused(404, "There is nothing here under this name.");
    });
    send(response, 200, bytes, {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
      ...(isDemo ? { "content-security-policy": DEMO_POLICY } : {}),
    });
  }
}

function post(talk: Talk, body: Record<string, unknown>): void {
  const { id, text } = body;
  if (typeof id !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(id)) {
    throw new Refused(400, "An id has 1 to 64 letters, digits, - and _.", "id");
  }
  if (typeof text !== "string" || text.length < 1 || text.length > 4000) {
    throw new Refused(400, "A message has 1 to 4,000 characters.", "text");
  }
  if (talk.messages.some((message) => message.id === id)) {
    return;
  }
  add(talk, { author: "shopper", name: null, text }, id);
  if (talk.state === "new" || talk.state === "resolved") {
    talk.state = "open";
  }
  const email = EMAIL.exec(text)?.[0];
  if (email) {
    leaveEmail(talk, email);
  }
  if (/\bhuman\b/.test(text) && talk.state === "open") {
    talk.state = "handed_over";
    talk.needs_email = !talk.email;
    add(talk, {
      author: "system",
      name: null,
      text: talk.email
        ? `Our team has your conversation and answers by e-mail to ${talk.email}.`
        : "Our team has your conversation. Leave an e-mail address, and the answer reaches you there too.",
    });
  }
}

function leaveEmail(talk: Talk, email: string): void {
  if (EMAIL.exec(email)?.[0] !== email) {
    throw new Refused(400, "Enter an e-mail address, such as jane@example.com.", "email");
  }
  talk.email = email;
  talk.needs_email = false;
  if (talk.state === "handed_over") {
    add(talk, { author: "system", name: null, text: `Thank you. The answer comes by e-mail to ${email}.` });
  }
}

function add(talk: Talk, message: Pick<TalkMessage, "author" | "name" | "text">, id: string | null = null): void {
  talk.messages.push({ number: talk.messages.length + 1, id, ...message, sent_at: new Date().toISOString() });
}

async function json(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
}

function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "etag, retry-after",
    "cross-origin-resource-policy": "cross-origin",
    ...headers,
  });
  response.end(body);
}
