import { Chat } from "../chat/chat.ts";
import type { Store } from "../chat/store.ts";
import { fill, type Language } from "../languages/index.ts";
import { Composer } from "./composer.ts";
import { readContext } from "./context.ts";
import { composes, make, setText } from "./dom.ts";
import { EmailForm } from "./email-form.ts";
import { build, type Parts } from "./parts.ts";
import { Transcript } from "./transcript.ts";

/** What an element shows, and for which merchant. */
export interface Options {
  merchant: string;
  /** The server's origin. */
  server: string;
  language: Language;
  /** Replaces the usual heading, unless empty. */
  heading: string;
  /** What this tab remembers. */
  session: Store;
  open: boolean;
}

/** What the panel needs from its element. */
export interface Host {
  context?: unknown;
  open(): void;
  close(): void;
}

/** The button and the panel, for the life of an element. */
export class Panel {
  readonly #root: ShadowRoot;
  readonly #language: Language;
  readonly #session: Store;
  readonly #signal: AbortSignal;
  readonly #parts: Parts;
  readonly #chat: Chat;
  readonly #transcript: Transcript;
  readonly #composer: Composer;
  readonly #email: EmailForm;

  #open: boolean;
  #drawing = false;
  /** What we put before the page's title. */
  #counted = "";

  /** @param signal ends the panel, and with it the chat */
  constructor(root: ShadowRoot, host: Host, options: Options, signal: AbortSignal) {
    const { language, session } = options;
    this.#root = root;
    this.#language = language;
    this.#session = session;
    this.#signal = signal;
    this.#open = options.open;
    const parts = build(language.words, options.heading);
    this.#parts = parts;
    const chat = new Chat(options.server, options.merchant, language.locale, () => this.#changed());
    this.#chat = chat;
    chat.open = options.open;
    signal.addEventListener("abort", () => {
      chat.end();
      this.#countInTitle(0);
    });

    this.#transcript = new Transcript(parts, language, (draft) => {
      this.#composer.prepend(draft.text);
      chat.takeBack(draft.id);
    });
    const say = (text: string) => {
      chat.say(text, readContext(host));
      this.#transcript.toEnd();
    };
    this.#composer = new Composer(parts, language.words, session, say);
    parts.person.addEventListener("click", () => {
      // The button goes once the team has the conversation.
      this.#focus();
      say(language.words.ask_for_person);
    });
    this.#email = new EmailForm(parts, language.words, chat, session, () => this.#draw());
    this.#listen(host);
    root.replaceChildren(make("div", { lang: language.locale }, parts.launch, parts.panel));
    this.#draw();
  }

  /** Opens or closes the panel, and moves the focus. */
  show(open: boolean): void {
    this.#open = open;
    this.#session.set("open", open ? "1" : "");
    this.#chat.open = open;
    this.#draw();
    if (open) {
      this.#chat.wake();
      this.#focus();
    } else {
      this.#parts.launch.focus();
    }
  }

  /** Focuses the text field, except on a touch screen, where that would open the keyboard. */
  #focus(): void {
    (matchMedia("(pointer:coarse)").matches ? this.#parts.title : this.#parts.text).focus();
  }

  #listen(host: Host): void {
    const { launch, close, panel } = this.#parts;
    const signal = this.#signal;
    launch.addEventListener("click", () => host.open());
    close.addEventListener("click", () => host.close());
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !composes(event)) {
        host.close();
      }
    });
    // To the shop's shortcuts the target is this element, so they cannot tell that someone is typing in a field.
    for (const type of ["keydown", "keypress", "keyup"]) {
      panel.addEventListener(type, (event) => event.stopPropagation());
    }
    document.addEventListener("visibilitychange", () => this.#changed(), { signal });
    for (const type of ["resize", "scroll"]) {
      window.visualViewport?.addEventListener(type, () => this.#fitScreen(), { signal });
    }
  }

  /** Draws once for all changes of the same moment. */
  #changed(): void {
    if (!this.#drawing) {
      this.#drawing = true;
      queueMicrotask(() => {
        this.#drawing = false;
        this.#draw();
      });
    }
  }

  #draw(): void {
    if (this.#signal.aborted) {
      return;
    }
    if (this.#open && !document.hidden) {
      this.#chat.conversation.markRead();
    }
    this.#drawButton();
    this.#countInTitle(this.#chat.conversation.unread());
    this.#parts.panel.hidden = !this.#open;
    if (!this.#open) {
      return;
    }
    this.#drawState();
    const drafts = this.#chat.drafts();
    const wait = drafts.some(({ refused }) => !refused) ? this.#chat.wait() : null;
    const lost = this.#chat.offline || wait?.why === "offline";
    // The browser may be online while the server is unreachable.
    const why = lost ? (navigator.onLine ? "unavailable" : "offline") : wait?.why;
    const { words } = this.#language;
    setText(this.#parts.strip, why ? fill(words[why], { n: wait?.seconds ?? 0 }) : "");
    this.#email.draw(this.#root.activeElement);
    this.#composer.fit();
    this.#transcript.draw(this.#chat.conversation.messages(), drafts, !!why);
  }

  #drawButton(): void {
    const { launch, count } = this.#parts;
    const { words } = this.#language;
    const unread = this.#open ? 0 : this.#chat.conversation.unread();
    launch.hidden = this.#open;
    count.hidden = !unread;
    setText(count, unread > 9 ? "9+" : String(unread));
    const label = unread ? `${words.launch}. ${fill(words.unread, { n: unread })}` : words.launch;
    launch.setAttribute("aria-label", label);
  }

  /** Says in the page's title how many messages are unread. The shop may have changed its title since. */
  #countInTitle(unread: number): void {
    const counted = unread ? `(${unread > 9 ? "9+" : unread}) ` : "";
    if (counted !== this.#counted) {
      const { title } = document;
      const own = title.startsWith(this.#counted) ? title.slice(this.#counted.length) : title;
      this.#counted = counted;
      document.title = counted + own;
    }
  }

  #drawState(): void {
    const { sub, person } = this.#parts;
    const { words } = this.#language;
    const { state } = this.#chat.conversation;
    const asks = ({ text }: { text: string }) => text === words.ask_for_person;
    person.hidden = state === "handed_over" || this.#chat.drafts().some(asks);
    const said = state === "handed_over" ? words.handed_over : state === "resolved" ? words.resolved : "";
    setText(sub, said);
    sub.hidden = !said;
  }

  /** Keeps the panel above a phone's keyboard. */
  #fitScreen(): void {
    const screen = window.visualViewport;
    if (screen) {
      const { style } = this.#parts.panel;
      style.setProperty("--top", `${screen.offsetTop}px`);
      style.setProperty("--tall", `${screen.height}px`);
    }
  }
}
