import { alone } from "./lock.ts";
import type { Outbox } from "./outbox.ts";
import type { Store } from "./store.ts";
import type { Visitor } from "./visitor.ts";

/** What the sender reports: after each step, and when the server has registered this visitor. */
export interface Listener {
  changed: () => void;
  registered: () => void;
}

/** Sends what waits in the outbox. */
export class Sender {
  readonly #store: Store;
  readonly #outbox: Outbox;
  readonly #visitor: Visitor;
  readonly #listener: Listener;
  readonly #stop: AbortSignal;

  #sending = false;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store, outbox: Outbox, visitor: Visitor, listener: Listener, stop: AbortSignal) {
    this.#store = store;
    this.#outbox = outbox;
    this.#visitor = visitor;
    this.#listener = listener;
    this.#stop = stop;
    stop.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Sends the waiting messages one after the other. Only one of all tabs does so at a time. */
  async send(): Promise<void> {
    if (this.#sending) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#sending = true;
    try {
      do {
        this.#again = false;
        if (this.#outbox.next()) {
          await alone({
            store: this.#store,
            signal: this.#stop,
            wanted: () => !!this.#outbox.next(),
            work: (waited) => this.#drain(waited),
          });
        }
      } while (this.#again && !this.#stop.aborted);
    } finally {
      this.#sending = false;
    }
    const wait = this.#outbox.wait();
    if (this.#outbox.next() && !this.#stop.aborted) {
      // A little later than due, so that tabs do not all wake at the same time.
      const due = Math.max((wait?.until ?? 0) - Date.now(), 0) + 50 + Math.random() * 200;
      this.#timer = setTimeout(() => this.send(), due);
    }
  }

  async #drain(waited: boolean): Promise<void> {
    if (waited && this.#outbox.next() && this.#visitor.isKnown()) {
      // Another tab was sending. Its changes to storage may not have arrived here yet, but the server knows.
      await this.#visitor.call("conversation");
    }
    let renewed = false;
    for (;;) {
      // Read again each time, because another tab may have sent it in the meantime.
      const next = this.#outbox.next();
      const wait = this.#outbox.wait();
      if (!next || this.#stop.aborted || (wait && wait.until > Date.now())) {
        return;
      }
      const [key, draft] = next;
      const { id, text, page_url, context } = draft;
      const isKnown = this.#visitor.isKnown();
      const answer = isKnown
        ? await this.#visitor.call("messages", { id, text, page_url, context })
        : await this.#visitor.register();
      if (this.#stop.aborted) {
        return;
      }
      switch (answer.kind) {
        case "done":
          if (isKnown) {
            // Removed only once its result is stored: otherwise a crash in between would lose it.
            this.#outbox.remove(key);
            this.#outbox.endWait();
          } else {
            this.#listener.registered();
          }
          break;
        case "same":
          break;
        case "stranger":
          if (renewed) {
            this.#outbox.postpone({ why: "unavailable", seconds: 0 });
          }
          renewed = true;
          break;
        case "refused":
          this.#outbox.refuse(key, draft, answer.detail);
          break;
        case "later":
          this.#outbox.postpone(answer);
      }
      this.#listener.changed();
    }
  }
}
