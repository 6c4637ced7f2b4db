// Convi's platform: posts handovers, signed as defined by Standard Webhooks.

import { createHmac, randomUUID } from "node:crypto";

import type { Convi } from "./convi.ts";

export interface Message {
  id: string;
  author: "shopper" | "assistant" | "agent" | "system";
  text: string;
  sent_at?: string;
  attachments?: { url: string; name?: string; content_type?: string }[];
}

export interface Handover {
  merchant_id: string;
  occurred_at?: string;
  trigger: { kind: "automatic"; reason?: string } | { kind: "manual"; by?: { name?: string; email?: string } };
  conversation: {
    id: string;
    url?: string;
    locale?: string;
    summary?: string;
    shopper?: { email?: string | null; name?: string | null; phone?: string | null };
    context?: Record<string, unknown>;
    messages: Message[];
  };
}

export interface Accepted {
  handover_id: string;
  deliveries: { destination: string; state: string }[];
  continued?: boolean;
}

/** Returns the three headers that prove who sent `body`. */
export function sign(secret: string, id: string, body: string, at = new Date()): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

/** Returns a conversation in which the shopper asks for a human. `changes` replace its parts. */
export function handover(merchant: string, changes: Partial<Handover["conversation"]> = {}): Handover {
  return {
    merchant_id: merchant,
    occurred_at: new Date().toISOString(),
    trigger: { kind: "automatic", reason: "asked_for_human" },
    conversation: {
      id: `c-${randomUUID()}`,
      locale: "en",
      summary: "Billing question",
      shopper: { email: "jane@example.com", name: "Jane Doe", phone: null },
      messages: [
        { id: "1", author: "shopper", text: "I need to talk to a human about a billing issue." },
        { id: "2", author: "assistant", text: "I will hand you over to a colleague." },
      ],
      ...changes,
    },
  };
}

/** Posts it. Any status other than 202 is an error. */
export async function postHandover(
  convi: Convi,
  handover: Handover,
  id = `msg_${randomUUID()}`,
): Promise<Accepted> {
  const body = JSON.stringify(handover);
  const response = await fetch(`${convi.url}/v1/handovers`, {
    method: "POST",
    headers: { "content-type": "application/json", ...sign(convi.ingestSecret, id, body) },
    body,
  });
  if (response.status !== 202) {
    throw new Error(`POST /v1/handovers: ${response.status} ${await response.text()}`);
  }
  return (await response.json()) as Accepted;
}
