// The Gorgias emulator: its program, and its control API under `/_control`.

import { randomUUID } from "node:crypto";
import { join } from "node:path";

import { Emulator } from "./emulator.ts";
import { Program } from "./program.ts";

/** A kind of fault; `end2end/emulator/src/fault.rs` explains each. */
export type FaultKind =
  | { kind: "status"; status: number; html?: boolean; message?: string }
  | { kind: "redirect"; status: number; location: string }
  | { kind: "delay" | "slow_answer" | "late_visibility" | "slow_body"; seconds: number }
  | { kind: "late_commit"; seconds: number; answer?: "drop" | "hang" | { status: number } }
  | {
      kind:
        | "hang"
        | "hang_after_commit"
        | "drop_before_body"
        | "drop_before_commit"
        | "drop_after_commit"
        | "cut_body"
        | "garbage_body"
        | "empty_body"
        | "quota_used_up";
    }
  | { kind: "reject"; field: string };

/** A fault, which requests it affects, and how many of them. */
export type Fault = FaultKind & { method?: string; path?: string; after?: number; times?: number };

/** The requests that create a ticket. */
export const onCreate = { method: "POST", path: "/api/tickets" } as const;

export interface Message {
  id: number;
  external_id: string | null;
  public: boolean;
  body_text: string | null;
  body_html: string | null;
}

export interface Ticket {
  id: number;
  external_id: string | null;
  status: "open" | "closed";
  subject: string | null;
  tags: string[];
  priority: string;
  assignee_team: number | null;
  messages: Message[];
}

/** A request as the account received it. */
export interface RequestRecord {
  method: string;
  path: string;
  user: string | null;
  status: number | null;
}

export interface Credentials {
  subdomain: string;
  username: string;
  key: string;
}

/** A running emulator. */
export class Gorgias extends Emulator {
  static async start(folder: string): Promise<Gorgias> {
    const args = ["--listen", "127.0.0.1:0", "--empty", "--test-clock"];
    return new Gorgias(await Program.start("gorgias-emulator", args, {}, join(folder, "gorgias.log")));
  }

  /** Creates an account with one user, an admin, and the user's key. */
  async account(subdomain: string): Promise<GorgiasAccount> {
    const username = `owner@${subdomain}.test`;
    const key = `key-${randomUUID()}`;
    await this.control("POST", "accounts", { subdomain, users: [{ email: username, key }] });
    return new GorgiasAccount(this, { subdomain, username, key });
  }
}

/** A shop's account: what a test may read and change. */
export class GorgiasAccount {
  private removed = false;

  constructor(
    private readonly gorgias: Gorgias,
    readonly credentials: Credentials,
  ) {}

  private control<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.gorgias.control(method, `accounts/${this.credentials.subdomain}/${path}`, body);
  }

  /** Returns the existing tickets, without merged ones. */
  async tickets(externalId?: string): Promise<Ticket[]> {
    const query = externalId ? `?external_id=${encodeURIComponent(externalId)}` : "";
    return (await this.control<{ tickets: Ticket[] }>("GET", `tickets${query}`)).tickets;
  }

  /** Adds a team, and returns its id. */
  async addTeam(name: string): Promise<number> {
    return (await this.control<{ id: number }>("POST", "teams", { name })).id;
  }

  /** Deletes a team. */
  async removeTeam(id: number): Promise<void> {
    await this.control("DELETE", `teams/${id}`);
  }

  /** Returns what was sent to shoppers, which must always be empty. */
  async sentToShoppers(): Promise<unknown[]> {
    return (await this.control<{ sent: unknown[] }>("GET", "sent-to-shoppers")).sent;
  }

  /** Returns the requests so far, oldest first. */
  async requests(method?: string, path?: string): Promise<RequestRecord[]> {
    const query = new URLSearchParams({ ...(method ? { method } : {}), ...(path ? { path } : {}) });
    return (await this.control<{ requests: RequestRecord[] }>("GET", `requests?${query}`)).requests;
  }

  /** Adds an agent, who can answer tickets. */
  async hasAgent(name: string): Promise<void> {
    const email = `${name.toLowerCase().replace(" ", ".")}@${this.credentials.subdomain}.test`;
    await this.control("POST", "users", { email, key: `key-${randomUUID()}`, role: "agent", name });
  }

  /** Writes to the shopper as an agent. */
  async answers(ticket: number, author: string, text: string): Promise<void> {
    await this.control("POST", `tickets/${ticket}/messages`, { author, text });
  }

  /** Returns the address of the ticket's page for agents. */
  ticketPage(id: number): string {
    return `${this.gorgias.url}/${this.credentials.subdomain}/app/ticket/${id}`;
  }

  /** Switches a fault on. */
  async fault(fault: Fault): Promise<void> {
    await this.control("POST", "faults", fault);
  }

  /** Switches all faults off. */
  async clearFaults(): Promise<void> {
    if (!this.removed) {
      await this.control("DELETE", "faults");
    }
  }

  /** Removes the account: its subdomain no longer exists. */
  async remove(): Promise<void> {
    await this.gorgias.control("DELETE", `accounts/${this.credentials.subdomain}`);
    this.removed = true;
  }

  /** Revokes the key, or restores it. */
  async revokeKey(revoked = true): Promise<void> {
    await this.control("PATCH", `users/${encodeURIComponent(this.credentials.username)}`, { revoked });
  }

  /** Sets a new key for the same user. The old one is invalid. */
  async changeKey(key: string): Promise<void> {
    await this.control("PATCH", `users/${encodeURIComponent(this.credentials.username)}`, { key });
  }

  /** Turns on auto-merge of a customer's tickets of the last days. */
  async mergeTickets(days: number): Promise<void> {
    await this.gorgias.control("PATCH", `accounts/${this.credentials.subdomain}`, {
      behaviour: { auto_merge_days: days },
    });
  }

  /** Changes the role of the key's user. */
  async setRole(role: string): Promise<void> {
    await this.control("PATCH", `users/${encodeURIComponent(this.credentials.username)}`, { role });
  }
}
