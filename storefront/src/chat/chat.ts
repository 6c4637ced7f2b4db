import { Conversation } from "./conversation.ts";
import { type Draft, Outbox, type Wait } from "./outbox.ts";
import { Poller } from "./poller.ts";
import { Sender } from "./sender.ts";
import { Store } from "./store.ts";
import { Transport } from "./transport.ts";
import { Visitor } from "./visitor.ts";

/** One visitor's chat: what is known of it, what waits to be sent, and the calls that keep both true. */
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
   * @param changed called whenever there is something new to show
   */
  constructor(server: string, merchant: string, changed: () => void) {
    const { signal } = this.#stop;
    this.#changed = changed;
    this.#store = new Store("localStorage", `convi-chat:${merchant}:`);
    this.#transport = new Transport(server, signal);
    this.conversation = new Conversation(this.#store);
    this.#outbox = new Outbox(this.#store);
    this.#visitor = new Visitor(merchant, this.#store, this.#transport, this.conversation, this.#outbox);
    this.#poller = new Poller(this.#visitor, this.#transport, changed, signal);
    const listener = { changed, registered: () => this.#poller.pollLater() };
    this.#sender = new Sender(this.#store, this.#outbox, this.#visitor, listener, signal);
    window.addEventListener("storage", (event) => this.#otherTab(event), { signal });
    window.addEventListener("online", () => this.#online(), { signal });
    window.addEventListener("offline", () => this.#online(), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.wake(), { signal });
    document.addEventListener("visibilitychange", () => this.wake(), { signal });
    this.wake();
  }

  /** Ends all calls, timers and listeners; what is unsent stays for the next one. */
  end(): void {
    this.#stop.abort();
  }

  /** Looks at once: the page came back, or the panel was opened. */
  wake(): void {
    void this.#sender.send();
    this.#poller.wake();
  }

  /** Whether the shopper looks at it. */
  set open(open: boolean) {
    this.#poller.open = open;
  }

  /** Whether the last request got no answer. */
  get offline(): boolean {
    return this.#transport.offline;
  }

  /** What the server has not answered, the oldest first. */
  drafts(): Draft[] {
    return this.#outbox.drafts();
  }

  /** Why nothing is sent right now. */
  wait(): Wait | null {
    return this.#outbox.wait();
  }

  /** Keeps a message until it is answered, and sends it. */
  say(text: string, context: unknown): void {
    this.#outbox.add(text, context);
    // Somebody is there and writes: worth a try before the next one is due.
    this.#outbox.endOfflineWait();
    this.#changed();
    void this.#sender.send();
  }

  /** Takes back what the server rejected, so that it can be changed. */
  takeBack(id: string): void {
    this.#outbox.removeAll(new Set([id]));
    this.#changed();
  }

  /** Returns null when the address is kept, else what is wrong; an empty text when that is not known. */
  async leaveEmail(email: string): Promise<string | null> {
    const answer = await this.#visitor.call("email", { email });
    return answer.kind === "done" ? null : answer.kind === "refused" ? answer.detail : "";
  }

  /** Whether the server knows now that there will be no address. */
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
      // It is the other tab's to send, unless that is closed: then its lock is free.
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
