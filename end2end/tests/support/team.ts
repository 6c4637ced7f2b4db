// A merchant's team and its conversations without the screen: the calls behind its buttons.

import { type Convi, NAME } from "./convi.ts";

export interface TalkItem {
  id: string;
  state: "open" | "handed_over" | "resolved";
  preview: string;
}

export interface TalkView {
  item: TalkItem;
  messages: { number: number; author: string; name: string | null; text: string }[];
  context: [name: string, value: string][];
}

export class Team {
  private readonly tokens = new Map<string, Promise<string>>();

  constructor(
    private readonly convi: Convi,
    private readonly merchant: string,
  ) {}

  /** Returns all conversations, most recent activity first. */
  async talks(): Promise<TalkItem[]> {
    const { conversations } = await this.call<{ conversations: TalkItem[] }>("list", { query: { limit: 100 } });
    return conversations;
  }

  talk(id: string): Promise<TalkView> {
    return this.call("get", { id, after: 0 });
  }

  /** Sends a reply to the shopper. */
  reply(id: string, text: string, name = NAME): Promise<TalkView> {
    return this.call("reply", { id, key: crypto.randomUUID(), text }, name);
  }

  /**
   * Sends many replies, one after the other, through the form, whose response does not repeat the whole conversation.
   */
  async replies(id: string, texts: string[]): Promise<void> {
    const token = await this.token(NAME);
    for (const [index, text] of texts.entries()) {
      const response = await fetch(`${this.convi.url}/conversations/${id}`, {
        method: "POST",
        redirect: "manual",
        headers: { authorization: `Bearer ${token}` },
        body: new URLSearchParams({ intent: "reply", key: `many-${index}`, text }),
      });
      if (response.status !== 303) {
        throw new Error(`/conversations/${id}: ${response.status} ${await response.text()}`);
      }
    }
  }

  /** Sends a reply to every shopper. */
  async says(text: string, name = NAME): Promise<void> {
    for (const { id } of await this.talks()) {
      await this.reply(id, text, name);
    }
  }

  /** Resolves every conversation. */
  async resolve(): Promise<void> {
    for (const { id } of await this.talks()) {
      await this.call("resolve", { id });
    }
  }

  private token(name: string): Promise<string> {
    const token = this.tokens.get(name) ?? this.convi.token(this.merchant, "owner", name);
    this.tokens.set(name, token);
    return token;
  }

  private async call<T>(path: string, body: unknown, name = NAME): Promise<T> {
    const response = await fetch(`${this.convi.url}/api/conversations/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${await this.token(name)}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) {
      throw new Error(`/api/conversations/${path}: ${response.status} ${await response.text()}`);
    }
    return (await response.json()) as T;
  }
}
