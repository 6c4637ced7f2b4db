// What the emulators of all helpdesks share: a program with a control API under `/_control`.

import type { Program } from "./program.ts";

/** A running emulator. Its accounts are the shops. */
export class Emulator {
  protected constructor(private readonly program: Program) {}

  get url(): string {
    return this.program.url;
  }

  /** Advances its clock, and runs what becomes due. */
  async advance(seconds: number): Promise<void> {
    await this.control("POST", "clock", { advance_seconds: seconds });
  }

  async control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/_control/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${method} /_control/${path}: ${response.status} ${text}`);
    }
    return (text ? JSON.parse(text) : undefined) as T;
  }

  stop(): Promise<void> {
    return this.program.stop();
  }
}
