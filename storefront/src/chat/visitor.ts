import type { Conversation } from "./conversation.ts";
import type { Outbox } from "./outbox.ts";
import type { Store } from "./store.ts";
import { failure, retryAfter, type Transport } from "./transport.ts";
import type { Answer, Talk } from "./wire.ts";

/** Makes calls as one visitor, and keeps what their answers say about the conversation. */
export class Visitor {
  readonly #merchant: string;
  readonly #store: Store;
  readonly #transport: Transport;
  readonly #conversation: Conversation;
  readonly #outbox: Outbox;
  readonly #isShown: () => boolean;

  /** Whether the conversation is known from its beginning. */
  #whole = false;
  /** The ETag for `If-None-Match`, and the message number it belongs to. */
  #etag = { after: -1, value: "" };
  #asked = 0;
  #applied = 0;
  #warned = false;

  /** @param isShown whether the messages are on the screen: if not, the server emails what the shopper does not see */
  constructor(
    merchant: string,
    store: Store,
    transport: Transport,
    conversation: Conversation,
    outbox: Outbox,
    isShown: () => boolean,
  ) {
    this.#merchant = merchant;
    this.#isShown = isShown;
    this.#store = store;
    this.#transport = transport;
    this.#conversation = conversation;
    this.#outbox = outbox;
  }

  /** Returns whether the server knows this visitor. */
  isKnown(): boolean {
    return !!this.#store.get("token");
  }

  /** Registers the visitor: `same` if there already is a token, `done` if one was created now. */
  async register(): Promise<Answer> {
    const answer = await this.#transport.request("visitors", { merchant: this.#merchant });
    if (!("response" in answer)) {
      return answer;
    }
    if (typeof answer.body?.token !== "string") {
      return { kind: "later", why: "unavailable", seconds: retryAfter(answer.response) };
    }
    if (this.isKnown()) {
      return { kind: "same" };
    }
    this.#store.set("token", answer.body.token);
    this.#outbox.endWait();
    return { kind: "done" };
  }

  /** Makes a call whose answer is the conversation. */
  async call(path: "conversation" | "messages" | "email", body?: object): Promise<Answer> {
    const token = this.#store.get("token") ?? "";
    const after = this.#whole ? this.#conversation.last() : 0;
    const asked = ++this.#asked;
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (!body && this.#etag.after === after) {
      headers["if-none-match"] = this.#etag.value;
    }
    const query = `after=${after}${this.#isShown() ? "" : "&shown=0"}`;
    const answer = await this.#transport.request(`${path}?${query}`, body, headers);
    if (!("response" in answer)) {
      return answer;
    }
    const { response, body: said } = answer;
    if (response.status === 304 && !body) {
      return { kind: "same" };
    }
    // Another tab may have become another visitor in the meantime.
    const isStillUs = this.#store.get("token") === token;
    if (response.status === 401) {
      if (isStillUs) {
        this.#store.remove("token");
        this.#empty();
        this.#conversation.forget();
      }
      return { kind: "stranger" };
    }
    if (response.ok && Array.isArray(said?.messages)) {
      this.#warn(said.warnings);
      if (isStillUs) {
        this.#whole = true;
        this.#apply(said, asked);
        const etag = response.headers.get("etag");
        const isCurrent = asked === this.#applied && !body && after === this.#conversation.last();
        this.#etag = isCurrent && etag ? { after, value: etag } : { after: -1, value: "" };
      }
      return { kind: "done" };
    }
    return failure(answer);
  }

  /** Another tab became another visitor, or none. Only what is stored now belongs to that visitor. */
  becameAnother(): void {
    this.#empty();
    this.#conversation.clear();
    this.#conversation.remember();
  }

  /** Another tab got an answer. */
  heardMore(): void {
    this.#conversation.remember();
    this.#etag.after = -1;
  }

  /** @param asked the call's number: an overtaken answer adds its messages, but not its older state */
  #apply(talk: Talk, asked: number): void {
    const isNewest = asked >= this.#applied;
    if (isNewest) {
      this.#applied = asked;
    }
    this.#conversation.add(talk, isNewest);
    // Whatever is in the conversation was sent, by any tab: its answer may have been lost.
    this.#outbox.removeAll(new Set(this.#conversation.messages().map(({ id }) => id)));
  }

  #empty(): void {
    this.#whole = false;
    this.#etag.after = -1;
    // Calls in flight were made as another visitor.
    this.#applied = this.#asked + 1;
  }

  /** Once is enough, because a shop makes the same mistake with each message. */
  #warn(warnings: unknown): void {
    if (warnings && !this.#warned) {
      this.#warned = true;
      console.warn("<convi-chat> not read as sent:", warnings);
    }
  }
}
