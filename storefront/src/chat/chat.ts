import { Conversation } from "./conversation.ts";
import { type Draft, Outbox, type Wait } from "./outbox.ts";
import { Poller } from "./poller.ts";
import { Sender } from "./sender.ts";
import { Store } from "./store.ts";
import { Transport } from "./transport.ts";
import { Visitor } from "./visitor.ts";

/** One visitor's chat: its state, its unsent messages, and the calls that keep both up to date. */
export class Chat {
  readonly conversation: Conversation;

  readonly #store: Store;
  readonly #outbox: Outbox;
  readonly #transport: Transport;
  readonly #visitor: Visitor;
  readonly #sender: Sender;
  readonly #poller: Poller;
  readonly #changed: () => void;
  readonly #stop = new AbortController();

  /**
   * @param server origin
   * @param locale the language in which the shopper is emailed
   * @param changed called whenever there is something new to show
   */
  constructor(server: string, merchant: string, locale: string, changed: () => void) {
    const { signal } = this.#stop;
    this.#changed = changed;
    this.#store = new Store("localStorage", `convi-chat:${merchant}:`);
    this.#transport = new Transport(server, locale, signal);
    this.conversation = new Conversation(this.#store);
    this.#outbox = new Outbox(this.#store);
    const { conversation } = this;
    const isShown = () => this.#poller.open && !document.hidden;
    this.#visitor = new Visitor(merchant, this.#store, this.#transport, conversation, this.#outbox, isShown);
    const isHandedOver = () => conversation.state === "handed_over";
    this.#poller = new Poller(this.#visitor, this.#transport, isHandedOver, changed, signal);
    const listener = { changed, registered: () => this.#poller.pollLater() };
    this.#sender = new Sender(this.#store, this.#outbox, this.#visitor, listener, signal);
    window.addEventListener("storage", (event) => this.#otherTab(event), { signal });
    window.addEventListener("online", () => this.#online(), { signal });
    window.addEventListener("offline", () => this.#online(), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.wake(), { signal });
    document.addEventListener("visibilitychange", () => this.wake(), { signal });
    this.wake();
  }

  /** Ends all calls, timers and listeners. Unsent messages stay for the next chat. */
  end(): void {
    this.#stop.abort();
  }

  /** Polls at once, because the page is visible again or the panel was opened. */
  wake(): void {
    void this.#sender.send();
    this.#poller.wake();
  }

  /** Whether the shopper is looking at the chat. */
  set open(open: boolean) {
    this.#poller.open = open;
  }

  /** Whether the last request got no answer. */
  get offline(): boolean {
    return this.#transport.offline;
  }

  /** The messages that the server has not answered, oldest first. */
  drafts(): Draft[] {
    return this.#outbox.drafts();
  }

  /** Why nothing is being sent. */
  wait(): Wait | null {
    return this.#outbox.wait();
  }

  /** Stores a message until it is answered, and sends it. */
  say(text: string, context: unknown): void {
    this.#outbox.add(text, context);
    // The shopper is active, so try again before the next attempt is due.
    this.#outbox.endOfflineWait();
    this.#changed();
    void this.#sender.send();
  }

  /** Takes back a message that the server rejected, so that it can be edited. */
  takeBack(id: string): void {
    this.#outbox.removeAll(new Set([id]));
    this.#changed();
  }

  /** Returns null if the address was saved, otherwise what is wrong (an empty string if that is unknown). */
  async leaveEmail(email: string): Promise<string | null> {
    const answer = await this.#visitor.call("email", { email });
    return answer.kind === "done" ? null : answer.kind === "refused" ? answer.detail : "";
  }

  /** Declines to give an address. Returns whether the server has recorded it. */
  async refuseEmail(): Promise<boolean> {
    return (await this.#visitor.call("email", { email: null })).kind === "done";
  }

  #otherTab({ key, newValue }: StorageEvent): void {
    const { prefix } = this.#store;
    if (key !== null && !key.startsWith(prefix)) {
      return;
    }
    const name = key?.slice(prefix.length) ?? "token";
    if (name === "token") {
      this.#visitor.becameAnother();
      void this.#poller.poll();
    } else if (name === "talk" && newValue) {
      this.#visitor.heardMore();
    } else if (name.startsWith("out:") && newValue) {
      // The other tab sends it. If that tab is closed, its lock is free and this tab sends it.
      void this.#sender.send();
    }
    this.#changed();
  }

  #online(): void {
    this.#transport.offline = !navigator.onLine;
    if (navigator.onLine) {
      this.#outbox.endOfflineWait();
      this.wake();
    }
    this.#changed();
  }
}
