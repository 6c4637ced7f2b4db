import type { Store } from "./store.ts";
import type { Message, State, Talk } from "./wire.ts";

/** How much is shown before the server has answered; all of it comes from there. */
const REMEMBERED = 100;

/** What is known of one visitor's conversation. */
export class Conversation {
  state: State = "new";
  needsEmail = false;

  readonly #messages = new Map<number, Message>();
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    this.remember();
  }

  /** The highest number there is. */
  last(): number {
    return Math.max(0, ...this.#messages.keys());
  }

  /** By number. */
  messages(): Message[] {
    return [...this.#messages.values()].sort((a, b) => a.number - b.number);
  }

  /** How many messages of others came since the shopper last looked. */
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

  /** Adds what the server says; the state only if nothing newer is known of it. */
  add(talk: Talk, isNewest: boolean): void {
    this.#merge(talk);
    if (isNewest) {
      this.#setState(talk);
    }
    const { state, needsEmail: needs_email } = this;
    this.#store.write("talk", { state, needs_email, messages: this.messages().slice(-REMEMBERED) });
  }

  /** Shows what was known last, until the server answers. */
  remember(): void {
    const talk = this.#store.read("talk");
    if (this.#store.get("token") && Array.isArray(talk?.messages)) {
      this.#merge(talk);
      this.#setState(talk);
    }
  }

  /** Begins anew, as for another visitor. */
  clear(): void {
    this.#messages.clear();
    this.state = "new";
    this.needsEmail = false;
  }

  /** The same, and for the next page too. */
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
