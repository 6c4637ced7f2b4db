// A merchant's own program, which receives events as docs/webhook.md describes: it accepts only events that are signed with
// a secret that it knows.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The maximum age of an event, as in the Standard Webhooks specification. */
const MOST_SECONDS = 300;

/** A genuine event. */
export interface Event {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

/** A running server with one endpoint per merchant. */
export class Receiver {
  private readonly endpoints = new Map<string, Endpoint>();

  private constructor(
    private readonly server: Server,
    private readonly url: string,
  ) {}

  static async start(): Promise<Receiver> {
    let receiver: Receiver | undefined;
    const server = createServer((request, response) => {
      const endpoint = receiver?.endpoints.get(request.url ?? "");
      void (endpoint ? endpoint.receive(request, response) : response.writeHead(404).end());
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    receiver = new Receiver(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return receiver;
  }

  /** The server's settings that allow this receiver, which is neither public nor on the usual port. */
  get allowed(): Record<string, string> {
    return { CONVI_WEBHOOK_ALLOW: "127.0.0.0/8", CONVI_WEBHOOK_PORTS: `443,${new URL(this.url).port}` };
  }

  /** Returns an endpoint with its own URL. */
  endpoint(name: string): Endpoint {
    const path = `/${name}?token=secret-in-the-url`;
    const endpoint = new Endpoint(`${this.url}${path}`);
    this.endpoints.set(path, endpoint);
    return endpoint;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}

/** One merchant's endpoint. */
export class Endpoint {
  /** The secrets that it accepts. */
  secrets: string[] = [];
  /** The status with which it answers a genuine event. */
  status = 204;
  /** The genuine events so far, oldest first. */
  readonly events: Event[] = [];
  /** How many requests had no valid signature. */
  forged = 0;
  private release: (() => void) | undefined;
  private held: Promise<void> | undefined;

  constructor(readonly url: string) {}

  /** Returns the events of this type. */
  of(type: string): Event[] {
    return this.events.filter((event) => event.type === type);
  }

  /** Answers nothing until `answer` is called. */
  hold(): void {
    this.held = new Promise((release) => (this.release = release));
  }

  answer(): void {
    this.release?.();
    this.held = undefined;
  }

  async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    await this.held;
    if (!this.secrets.some((secret) => isSigned(request.headers, body, secret))) {
      this.forged += 1;
      response.writeHead(401).end();
      return;
    }
    const { type, data } = JSON.parse(body.toString()) as Pick<Event, "type" | "data">;
    this.events.push({ id: String(request.headers["webhook-id"]), type, data });
    response.writeHead(this.status).end();
  }
}

/** Whether one of the signatures belongs to this secret. */
function isSigned(headers: IncomingHttpHeaders, body: Buffer, secret: string): boolean {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= MOST_SECONDS)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(`${String(id)}.${String(timestamp)}.`).update(body).digest();
  return String(signatures)
    .split(" ")
    .map((signature) => Buffer.from(signature.replace(/^v1,/, ""), "base64"))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}
