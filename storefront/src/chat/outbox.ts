import { newId } from "./id.ts";
import type { Store } from "./store.ts";
import { WAIT_MOST_MS } from "./transport.ts";
import type { Later, Why } from "./wire.ts";

const RETRY_FIRST_MS = 1_000;
export const RETRY_MOST_MS = 30_000;

/** A message that was written here and has not been answered yet. */
export interface Draft {
  id: string;
  text: string;
  at: string;
  page_url?: string;
  context?: unknown;
  /** Why the server rejected it. */
  refused?: string;
}

/** When the next attempt is due, in milliseconds of the clock, and why not now. */
export interface Wait {
  until: number;
  tries: number;
  why: Why;
  seconds: number;
}

/** The messages that wait to be sent, shared by all tabs and kept across pages. */
export class Outbox {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Every draft with its key, oldest first. */
  #entries(): [string, Draft][] {
    return this.#store.keys("out:").flatMap((key): [string, Draft][] => {
      const draft = this.#store.read(key);
      return typeof draft?.text === "string" && typeof draft.id === "string" ? [[key, draft]] : [];
    });
  }

  /** The drafts, oldest first. */
  drafts(): Draft[] {
    return this.#entries().map(([, draft]) => draft);
  }

  /** The first draft that can be sent, with its key. */
  next(): [string, Draft] | undefined {
    return this.#entries().find(([, draft]) => !draft.refused);
  }

  add(text: string, context: unknown): void {
    const at = new Date();
    // Without the fragment, in which single-page apps may keep private state.
    const page_url = location.href.split("#")[0]?.slice(0, 2000);
    const draft: Draft = { id: newId(), text, at: at.toISOString(), page_url, context };
    // Each draft has its own key, so that tabs that write at the same time lose nothing. The keys sort in the order of
    // writing, even if the clock was set back in between.
    const last = this.#entries().at(-1)?.[0].split(":")[1] ?? "0";
    const stamp = Math.max(at.getTime(), Number(last) + 1);
    this.#store.write(`out:${String(stamp).padStart(15, "0")}:${draft.id}`, draft);
  }

  /** Marks a draft that the server rejected. It stays until the shopper edits it. */
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

  /** Why nothing is being sent. */
  wait(): Wait | null {
    const wait = this.#store.read("wait");
    return typeof wait?.until === "number" && wait.until - Date.now() < WAIT_MOST_MS + 1000 ? wait : null;
  }

  /** Postpones the next attempt, longer each time unless the server said how long. */
  postpone({ why, seconds }: Omit<Later, "kind">): void {
    const tries = (this.wait()?.tries ?? 0) + 1;
    const backoff = Math.min(RETRY_FIRST_MS * 2 ** (tries - 1), RETRY_MOST_MS) * (0.5 + Math.random() / 2);
    const until = Date.now() + (seconds ? seconds * 1000 : backoff);
    const wait: Wait = { until, tries, why, seconds: Math.max(seconds, 1) };
    this.#store.write("wait", wait);
  }

  /** Makes the next attempt due now. */
  endWait(): void {
    this.#store.remove("wait");
  }

  /** The same, but only if it was waiting for a connection. */
  endOfflineWait(): void {
    if (this.wait()?.why === "offline") {
      this.endWait();
    }
  }
}
