// The API of a merchant's owner: `/v1`, and the screen's own calls where `/v1` has none. Tests use it to reach a state
// without the screen.

import { randomUUID } from "node:crypto";

import { expect } from "@playwright/test";

import type { Convi } from "./convi.ts";
import type { Credentials } from "./gorgias.ts";
import { type Handover, handover, postHandover } from "./handover.ts";
import type { Endpoint } from "./receiver.ts";
import type { Credentials as ZendeskCredentials } from "./zendesk.ts";

export interface Integration {
  helpdesk: string;
  state: "not_connected" | "connected" | "needs_attention";
  subdomain: string | null;
  username: string | null;
  problem: string | null;
  reason: string | null;
  held: number;
}

export interface Delivery {
  destination: string;
  state: string;
  attempts: number;
  ticket_id: number | null;
  ticket_url: string | null;
  last_error: string | null;
  next_attempt_at: string | null;
  needs_answer: boolean;
}

export interface HandoverView {
  handover_id: string;
  subject: string;
  accepted_at: string;
  deliveries: Delivery[];
}

export type ConversationState = "open" | "handed_over" | "resolved";

export interface Conversation {
  id: string;
  state: ConversationState;
  shopper_email: string | null;
  preview: string;
  handover: HandoverView | null;
}

export interface Faq {
  question: string;
  answer: string;
}

/** As named by the screen's calls; `app/src/model/ability.rs` explains each. */
export interface HandoverAbility {
  active: boolean;
  asked_for_human: boolean;
  frustrated: boolean;
  topic: boolean;
  no_answer: boolean;
  topics: string[];
}

export interface EmailCapture {
  active: boolean;
  sensitivity: "low" | "medium" | "high";
  own: string[];
}

interface Abilities {
  handover: HandoverAbility;
  email_capture: EmailCapture;
}

/** A team and a priority for the tickets of an account. */
interface Choice extends Omit<Credentials, "key"> {
  team: number | null;
  priority: string | null;
}

export class Api {
  constructor(
    private readonly convi: Convi,
    readonly merchant: string,
    private readonly token: string,
  ) {}

  call<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
    return this.request(method, `/v1/${path}`, body);
  }

  private async request<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
    const response = await fetch(`${this.convi.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T };
  }

  private done<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.fine(method, `/v1/${path}`, body);
  }

  /** Calls a server function. */
  private screen<T>(path: string, body: unknown): Promise<T> {
    return this.fine("POST", `/api/${path}`, body);
  }

  private async fine<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.request<T>(method, path, body);
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer.body;
  }

  /** Saves credentials. Without `key`, the stored one is kept. */
  connect({ subdomain, username, key }: Omit<Credentials, "key"> & { key?: string }): Promise<Integration> {
    return this.done("PUT", "integrations/gorgias", { subdomain, username, ...(key ? { api_key: key } : {}) });
  }

  /** Chooses a team and a priority for the tickets of a connected Gorgias. */
  async choose({ subdomain, username, team, priority }: Choice): Promise<void> {
    await this.done("PUT", "integrations/gorgias", { subdomain, username, team, priority });
  }

  /** Saves the credentials of an OAuth client. */
  connectZendesk({ subdomain, client, secret }: ZendeskCredentials): Promise<Integration> {
    const form = { subdomain, method: "oauth_client", username: client, api_key: secret };
    return this.done("PUT", "integrations/zendesk", form);
  }

  /** Saves a webhook's URL. From then on the endpoint knows its secret. */
  async connectWebhook(endpoint: Endpoint): Promise<void> {
    const { secret } = await this.done<{ secret: string }>("PUT", "integrations/webhook", { url: endpoint.url });
    endpoint.secrets = [secret];
    // Until now the program could not accept the test event.
    await this.done("PUT", "integrations/webhook", { url: endpoint.url });
  }

  disconnect(helpdesk = "gorgias"): Promise<void> {
    return this.done("DELETE", `integrations/${helpdesk}`);
  }

  async integration(helpdesk = "gorgias"): Promise<Integration> {
    const { integrations } = await this.done<{ integrations: Integration[] }>("GET", "integrations");
    const found = integrations.find((it) => it.helpdesk === helpdesk);
    if (!found) {
      throw new Error(`there is no row of ${helpdesk}`);
    }
    return found;
  }

  /** Sets the team's email address. */
  async notify(email: string | null): Promise<void> {
    await this.done("PUT", "notifications", { email });
  }

  async notified(): Promise<string | null> {
    return (await this.done<{ email: string | null }>("GET", "notifications")).email;
  }

  /** Hands over a conversation of this merchant, as Convi's platform does. Returns the handover's id. */
  async handOver(
    conversation: Partial<Handover["conversation"]> = {},
    trigger?: Handover["trigger"],
  ): Promise<string> {
    const whole = handover(this.merchant, conversation);
    return (await postHandover(this.convi, trigger ? { ...whole, trigger } : whole)).handover_id;
  }

  async handover(id: string): Promise<HandoverView> {
    return this.done("GET", `handovers/${id}`);
  }

  async delivery(id: string, destination = "gorgias"): Promise<Delivery | undefined> {
    return (await this.handover(id)).deliveries.find((delivery) => delivery.destination === destination);
  }

  /** Waits until the delivery is in this state. */
  async until(id: string, state: string, destination = "gorgias"): Promise<Delivery> {
    let delivery: Delivery | undefined;
    await expect
      .poll(
        async () => {
          delivery = await this.delivery(id, destination);
          return delivery?.state;
        },
        { message: `the delivery to ${destination}`, intervals: [50, 100, 200], timeout: 60_000 },
      )
      .toBe(state);
    return delivery as Delivery;
  }

  /** Hands over and waits until the ticket's delivery is in this state. Returns the handover's id. */
  async handOverUntil(state: string, conversation: Partial<Handover["conversation"]> = {}): Promise<string> {
    const id = await this.handOver(conversation);
    await this.until(id, state);
    return id;
  }

  /** Returns the conversations, most recent activity first. */
  async conversations(): Promise<Conversation[]> {
    const { conversations } = await this.screen<{ conversations: Conversation[] }>("conversations/list", { query: {} });
    return conversations;
  }

  /** Returns the conversation with the most recent activity. */
  async conversation(): Promise<Conversation> {
    const [latest] = await this.conversations();
    if (!latest) {
      throw new Error("there is no conversation");
    }
    return latest;
  }

  /** Waits until the ticket's delivery of the latest conversation is in this state. */
  async conversationUntil(state: string): Promise<Conversation> {
    const conversation = await this.conversation();
    if (!conversation.handover) {
      throw new Error("it was not handed over");
    }
    await this.until(conversation.handover.handover_id, state);
    return conversation;
  }

  async reply(id: string, text: string): Promise<void> {
    await this.screen("conversations/reply", { id, key: randomUUID(), text });
  }

  async handOverByHand(id: string): Promise<void> {
    await this.screen("conversations/hand-over", { id });
  }

  async resolve(id: string): Promise<void> {
    await this.screen("conversations/resolve", { id });
  }

  private abilities(): Promise<Abilities> {
    return this.screen("abilities/get", {});
  }

  /** Changes settings of Handover to human. */
  async setHandover(changes: Partial<HandoverAbility>): Promise<void> {
    const { handover } = await this.abilities();
    await this.screen("abilities/save-handover", { ability: { ...handover, ...changes } });
  }

  /** Changes settings of Email capture. */
  async setEmailCapture(changes: Partial<EmailCapture>): Promise<void> {
    const { email_capture } = await this.abilities();
    await this.screen("abilities/save-email-capture", { ability: { ...email_capture, ...changes } });
  }

  async setFaqs(faqs: Faq[]): Promise<void> {
    await this.screen("abilities/save-faqs", { faqs });
  }
}
