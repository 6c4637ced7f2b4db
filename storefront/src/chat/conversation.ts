import type { Store } from "./store.ts";
import type { Message, State, Talk } from "./wire.ts";

/** How many messages are shown before the server has answered. The server then sends all of them. */
const REMEMBERED = 100;

/** What is known about one visitor's conversation. */
export class Conversation {
  state: State = "new";
  needsEmail = false;

  readonly #messages = new Map<number, Message>();
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    this.remember();
  }

  /** Returns the highest message number. */
  last(): number {
    return Math.max(0, ...this.#messages.keys());
  }

  /** Returns the messages by number. */
  messages(): Message[] {
    return [...this.#messages.values()].sort((a, b) => a.number - b.number);
  }

  /** Returns how many messages of others have arrived since the shopper last looked. */
  unread(): number {
    const read = this.#read();
    return [...this.#messages.values()].filter(({ number, author }) => number > read && author !== "shopper").length;
  }

  markRead(): void {
    const last = this.last();
    if (last > this.#read()) {
      this.#store.set("read", String(last));
    }
  }

  #read(): number {
    return Number(this.#store.get("read")) || 0;
  }

  /** Adds what the server sent. Updates the state only if nothing newer is known. */
  add(talk: Talk, isNewest: boolean): void {
    this.#merge(talk);
    if (isNewest) {
      this.#setState(talk);
    }
    const { state, needsEmail: needs_email } = this;
    this.#store.write("talk", { state, needs_email, messages: this.messages().slice(-REMEMBERED) });
  }

  /** Shows what was last known until the server answers. */
  remember(): void {
    const talk = this.#store.read("talk");
    if (this.#store.get("token") && Array.isArray(talk?.messages)) {
      this.#merge(talk);
      this.#setState(talk);
    }
  }

  /** Starts again, as for another visitor. */
  clear(): void {
    this.#messages.clear();
    this.state = "new";
    this.needsEmail = false;
  }

  /** The same, and also for the next page. */
  forget(): void {
    this.clear();
    this.#store.remove("talk");
    this.#store.remove("read");
  }

  #setState(talk: Talk): void {
    this.state = talk.state;
    this.needsEmail = !!talk.needs_email;
  }

  #merge(talk: Talk): void {
    for (const message of talk.messages) {
      const { number, text, sent_at } = message ?? {};
      if (Number.isInteger(number) && typeof text === "string" && typeof sent_at === "string") {
        this.#messages.set(number, message);
      }
    }
  }
}
