// A chat visitor without a browser, who uses docs/chat-api.md directly.

import type { Talk } from "./storefront.ts";

export class Visitor {
  private constructor(
    private readonly front: string,
    private readonly token: string,
  ) {}

  static async of(front: string, merchant: string): Promise<Visitor> {
    const response = await fetch(`${front}/chat/v1/visitors`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ merchant }),
    });
    const { token } = (await response.json()) as { token: string };
    return new Visitor(front, token);
  }

  /** Sends a message. Returns the whole conversation, or only the status if it is rejected. */
  async say(id: string, text: string): Promise<{ status: number; talk: Talk }> {
    const response = await fetch(`${this.front}/chat/v1/messages`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      body: JSON.stringify({ id, text }),
    });
    return { status: response.status, talk: (await response.json()) as Talk };
  }
}

/** Returns the shopper's messages, in order. */
export const said = ({ messages }: Talk): string[] =>
  messages.filter(({ author }) => author === "shopper").map(({ text }) => text);
