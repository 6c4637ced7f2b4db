// A shopper without a browser, who uses docs/chat-api.md directly.

import { randomUUID } from "node:crypto";

import type { Convi } from "./convi.ts";
import type { Talk } from "./storefront.ts";

/** What the shop knows when a message is sent. */
interface Said {
  page_url?: string;
  context?: { order_number?: string };
}

let visitors = 0;

export class Shopper {
  private constructor(
    private readonly convi: Convi,
    private readonly address: string,
    private readonly token: string,
  ) {}

  /** Creates a visitor of this merchant's shop, who writes these messages. */
  static async writes(convi: Convi, merchant: string, ...texts: string[]): Promise<Shopper> {
    visitors += 1;
    // Each comes from its own network (a /64), as a proxy would report it, because a single network soon has to wait.
    const address = `2001:db8:0:${visitors.toString(16)}::1`;
    const { token } = await post<{ token: string }>(convi, "visitors", address, {}, { merchant });
    const shopper = new Shopper(convi, address, token);
    for (const text of texts) {
      await shopper.says(text);
    }
    return shopper;
  }

  says(text: string, said: Said = {}): Promise<Talk> {
    return this.post("messages", { id: randomUUID(), text, ...said });
  }

  leaves(email: string): Promise<Talk> {
    return this.post("email", { email });
  }

  private post(path: string, body: unknown): Promise<Talk> {
    return post(this.convi, path, this.address, { authorization: `Bearer ${this.token}` }, body);
  }
}

async function post<T>(
  convi: Convi,
  path: string,
  address: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<T> {
  const response = await fetch(`${convi.url}/chat/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": address, ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) {
    throw new Error(`POST /chat/v1/${path}: ${response.status} ${await response.text()}`);
  }
  return (await response.json()) as T;
}
