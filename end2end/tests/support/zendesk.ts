// The Zendesk emulator: its program, and its control API under `/_control`.

import { randomUUID } from "node:crypto";
import { join } from "node:path";

import { Emulator } from "./emulator.ts";
import { Program } from "./program.ts";

export interface Comment {
  plain: string;
  public: boolean;
}

export interface Ticket {
  id: number;
  external_id: string | null;
  status: string;
  subject: string | null;
  tags: string[];
  priority: string | null;
  group: number | null;
  comments: Comment[];
}

/** A merchant's credentials for both access methods. */
export interface Credentials {
  subdomain: string;
  client: string;
  secret: string;
  email: string;
  token: string;
}

/** A running emulator. */
export class Zendesk extends Emulator {
  static async start(folder: string): Promise<Zendesk> {
    const args = ["--listen", "127.0.0.1:0", "--empty", "--test-clock"];
    return new Zendesk(await Program.start("zendesk-emulator", args, {}, join(folder, "zendesk.log")));
  }

  /** Creates an account whose owner has an OAuth client and an API token. */
  async account(subdomain: string): Promise<ZendeskAccount> {
    const credentials = {
      subdomain,
      client: "convi",
      secret: `secret-${randomUUID()}`,
      email: `owner@${subdomain}.test`,
      token: `token-${randomUUID()}`,
    };
    const { client: identifier, secret, email, token } = credentials;
    const owner = { email, api_token: token, client: { identifier, secret } };
    await this.control("POST", "accounts", { subdomain, users: [owner] });
    return new ZendeskAccount(this, credentials);
  }
}

/** A shop's account: what a test may read. */
export class ZendeskAccount {
  constructor(
    private readonly zendesk: Zendesk,
    readonly credentials: Credentials,
  ) {}

  private get<T>(path: string): Promise<T> {
    return this.zendesk.control("GET", `accounts/${this.credentials.subdomain}/${path}`);
  }

  /** Returns all its tickets. */
  async tickets(): Promise<Ticket[]> {
    return (await this.get<{ tickets: Ticket[] }>("tickets")).tickets;
  }

  /** Adds a group, and returns its id. */
  async addGroup(name: string): Promise<number> {
    const { subdomain } = this.credentials;
    return (await this.zendesk.control<{ id: number }>("POST", `accounts/${subdomain}/groups`, { name })).id;
  }

  /** Returns the address of the ticket's page for agents. */
  ticketPage(id: number): string {
    return `${this.zendesk.url}/${this.credentials.subdomain}/agent/tickets/${id}`;
  }

  /** Turns on or off the merchant's own trigger, which emails the requester of every new ticket. */
  async ownTrigger(on: boolean): Promise<void> {
    const { subdomain } = this.credentials;
    await this.zendesk.control("PATCH", `accounts/${subdomain}`, { behaviour: { own_trigger: on } });
  }

  /** Writes a public reply as an agent. */
  async writes(ticket: number, author: string, text: string): Promise<void> {
    const path = `accounts/${this.credentials.subdomain}/tickets/${ticket}/comments`;
    await this.zendesk.control("POST", path, { author, text, public: true });
  }

  /** Turns on or off the standard trigger, which emails the requester a public reply. */
  async mailsReplies(on: boolean): Promise<void> {
    const { subdomain } = this.credentials;
    await this.zendesk.control("PATCH", `accounts/${subdomain}`, { behaviour: { mails_replies: on } });
  }

  /** Returns what would really have been emailed to shoppers. Must stay empty. */
  async sentToShoppers(): Promise<unknown[]> {
    return (await this.get<{ sent: unknown[] }>("sent-to-shoppers")).sent;
  }
}
