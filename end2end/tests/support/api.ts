// A merchant's owner over `/v1`: how tests get to a state without the screen.

import { expect } from "@playwright/test";

import type { Convi } from "./convi.ts";
import type { Credentials } from "./gorgias.ts";
import { type Handover, handover, postHandover } from "./handover.ts";

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
  deliveries: Delivery[];
}

export class Api {
  constructor(
    private readonly convi: Convi,
    readonly merchant: string,
    private readonly token: string,
  ) {}

  async call<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
    const response = await fetch(`${this.convi.url}/v1/${path}`, {
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

  private async done<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, body);
    if (answer.status >= 300) {
      throw new Error(`${method} /v1/${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer.body;
  }

  /** Saves credentials; without `key` the stored one is kept. */
  connect({ subdomain, username, key }: Omit<Credentials, "key"> & { key?: string }): Promise<Integration> {
    return this.done("PUT", "integrations/gorgias", { subdomain, username, ...(key ? { api_key: key } : {}) });
  }

  disconnect(): Promise<void> {
    return this.done("DELETE", "integrations/gorgias");
  }

  async integration(): Promise<Integration> {
    const { integrations } = await this.done<{ integrations: Integration[] }>("GET", "integrations");
    const gorgias = integrations.find(({ helpdesk }) => helpdesk === "gorgias");
    if (!gorgias) {
      throw new Error("there is no row of Gorgias");
    }
    return gorgias;
  }

  /** Where the team is told. */
  async notify(email: string | null): Promise<void> {
    await this.done("PUT", "notifications", { email });
  }

  async notified(): Promise<string | null> {
    return (await this.done<{ email: string | null }>("GET", "notifications")).email;
  }

  /** Convi's platform hands a conversation of this merchant over. Returns the handover's id. */
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
        { message: `the delivery to ${destination}`, intervals: [50, 100, 200], timeout: 10_000 },
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
}
