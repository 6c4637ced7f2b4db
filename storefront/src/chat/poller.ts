import { RETRY_MOST_MS } from "./outbox.ts";
import type { Transport } from "./transport.ts";
import type { Visitor } from "./visitor.ts";

const POLL_OPEN_MS = 3_000;
/** While a person may answer and the page is visible. */
const POLL_WAITING_MS = 5_000;
const POLL_CLOSED_MS = 30_000;

/** Polls for news, more often while the shopper is looking. */
export class Poller {
  /** Whether the shopper is looking at the conversation. */
  open = false;

  readonly #visitor: Visitor;
  readonly #transport: Transport;
  readonly #isHandedOver: () => boolean;
  readonly #changed: () => void;
  readonly #stop: AbortSignal;

  #misses = 0;
  #reading = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    visitor: Visitor,
    transport: Transport,
    isHandedOver: () => boolean,
    changed: () => void,
    stop: AbortSignal,
  ) {
    this.#visitor = visitor;
    this.#transport = transport;
    this.#isHandedOver = isHandedOver;
    this.#changed = changed;
    this.#stop = stop;
    stop.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Polls now, also after failures. */
  wake(): void {
    this.#misses = 0;
    void this.poll();
  }

  async poll(): Promise<void> {
    clearTimeout(this.#timer);
    // The title of a hidden page says that a person has answered.
    const sleeps = document.hidden && !this.#isHandedOver();
    if (this.#reading || !this.#visitor.isKnown() || sleeps || this.#stop.aborted) {
      return;
    }
    this.#reading = true;
    const { offline } = this.#transport;
    const answer = await this.#visitor.call("conversation").finally(() => (this.#reading = false));
    if (answer.kind === "later") {
      this.#misses++;
      this.pollLater(answer.seconds * 1000);
    } else {
      this.#misses = 0;
      this.pollLater();
    }
    if (answer.kind !== "same" || offline !== this.#transport.offline) {
      this.#changed();
    }
  }

  /** @param least the shortest delay, in milliseconds */
  pollLater(least = 0): void {
    clearTimeout(this.#timer);
    if (!this.#stop.aborted) {
      const visible = this.open ? POLL_OPEN_MS : this.#isHandedOver() ? POLL_WAITING_MS : POLL_CLOSED_MS;
      const usual = document.hidden ? POLL_CLOSED_MS : visible;
      const longer = Math.min(usual * 2 ** Math.min(this.#misses, 5), RETRY_MOST_MS);
      this.#timer = setTimeout(() => this.poll(), Math.max(least, longer, usual));
    }
  }
}
