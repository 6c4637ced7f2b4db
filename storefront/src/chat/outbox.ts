import { newId } from "./id.ts";
import type { Store } from "./store.ts";
import { WAIT_MOST_MS } from "./transport.ts";
import type { Later, Why } from "./wire.ts";

const RETRY_FIRST_MS = 1_000;
export const RETRY_MOST_MS = 30_000;

/** A message that was written here and not answered yet. */
export interface Draft {
  id: string;
  text: string;
  at: string;
  page_url?: string;
  context?: unknown;
  /** Why the server rejected it. */
  refused?: string;
}

/** When the next try is due, in milliseconds of the clock, and why not now. */
export interface Wait {
  until: number;
  tries: number;
  why: Why;
  seconds: number;
}

/** The messages that wait to be sent, for all tabs together and beyond this page. */
export class Outbox {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Every draft with its key, the oldest first. */
  #entries(): [string, Draft][] {
    return this.#store.keys("out:").flatMap((key): [string, Draft][] => {
      const draft = this.#store.read(key);
      return typeof draft?.text === "string" && typeof draft.id === "string" ? [[key, draft]] : [];
    });
  }

  /** The oldest first. */
  drafts(): Draft[] {
    return this.#entries().map(([, draft]) => draft);
  }

  /** The first that can be sent, with its key. */
  next(): [string, Draft] | undefined {
    return this.#entries().find(([, draft]) => !draft.refused);
  }

  add(text: string, context: unknown): void {
    const at = new Date();
    // Without the fragment: single-page shops keep state there that is nobody's business.
    const page_url = location.href.split("#")[0]?.slice(0, 2000);
    const draft: Draft = { id: newId(), text, at: at.toISOString(), page_url, context };
    // A key for each, so that tabs that write at the same moment lose nothing. The keys sort as they were written, even
    // if the clock was set back in between.
    const last = this.#entries().at(-1)?.[0].split(":")[1] ?? "0";
    const stamp = Math.max(at.getTime(), Number(last) + 1);
    this.#store.write(`out:${String(stamp).padStart(15, "0")}:${draft.id}`, draft);
  }

  /** Marks what the server rejected: it stays until the shopper changes it. */
  refuse(key: string, draft: Draft, why: string): void {
    this.#store.write(key, { ...draft, refused: why });
  }

  remove(key: string): void {
    this.#store.remove(key);
  }

  /** Removes the drafts with these ids. */
  removeAll(ids: Set<string | null>): void {
    for (const [key, draft] of this.#entries()) {
      if (ids.has(draft.id)) {
        this.remove(key);
      }
    }
  }

  /** Why nothing is sent right now. */
  wait(): Wait | null {
    const wait = this.#store.read("wait");
    return typeof wait?.until === "number" && wait.until - Date.now() < WAIT_MOST_MS + 1000 ? wait : null;
  }

  /** Puts off the next try, further each time unless the server said how far. */
  postpone({ why, seconds }: Omit<Later, "kind">): void {
    const tries = (this.wait()?.tries ?? 0) + 1;
    const backoff = Math.min(RETRY_FIRST_MS * 2 ** (tries - 1), RETRY_MOST_MS) * (0.5 + Math.random() / 2);
    const until = Date.now() + (seconds ? seconds * 1000 : backoff);
    const wait: Wait = { until, tries, why, seconds: Math.max(seconds, 1) };
    this.#store.write("wait", wait);
  }

  /** Makes the next try due now. */
  endWait(): void {
    this.#store.remove("wait");
  }

  /** The same, if all it waited for was a connection. */
  endOfflineWait(): void {
    if (this.wait()?.why === "offline") {
      this.endWait();
    }
  }
}
