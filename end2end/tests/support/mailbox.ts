// The team's mail server: a real SMTP server in the worker's own process.

import type { AddressInfo } from "node:net";

import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

/** An email as it arrived. */
export interface Received {
  /** From the envelope, which decides who receives it. */
  to: string[];
  mail: ParsedMail;
}

/** Prefixes of addresses that are rejected permanently (550) and temporarily (451). */
export const REFUSED = "refused";
export const BUSY = "busy";

export class Mailbox {
  private server: SMTPServer | undefined;
  private port = 0;
  private readonly received: Received[] = [];

  /** Such as `smtp://127.0.0.1:41234`. It stays the same after a pause. */
  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  static async start(): Promise<Mailbox> {
    const mailbox = new Mailbox();
    await mailbox.resume();
    return mailbox;
  }

  /** Listens on the same port as before. */
  async resume(): Promise<void> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["AUTH", "STARTTLS"],
      disableReverseLookup: true,
      closeTimeout: 100,
      onRcptTo: ({ address }, _session, done) => {
        if (address.startsWith(REFUSED)) {
          done(Object.assign(new Error("Unknown mailbox"), { responseCode: 550 }));
        } else if (address.startsWith(BUSY)) {
          done(Object.assign(new Error("Try again later"), { responseCode: 451 }));
        } else {
          done();
        }
      },
      onData: (stream, session, done) => {
        simpleParser(stream)
          .then((mail) => {
            this.received.push({ to: session.envelope.rcptTo.map(({ address }) => address), mail });
            done();
          })
          .catch(done);
      },
    });
    // A client that disconnects early is not an error of ours.
    server.on("error", () => {});
    await new Promise<void>((listening) => server.listen(this.port, "127.0.0.1", listening));
    this.port = (server.server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Stops listening. Connections are refused until `resume`. */
  async pause(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    await new Promise<void>((closed) => (server ? server.close(closed) : closed()));
  }

  /** Returns the emails that have arrived for this address. */
  of(address: string): Received[] {
    return this.received.filter(({ to }) => to.includes(address));
  }
}
