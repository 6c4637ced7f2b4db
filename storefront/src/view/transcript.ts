import type { Draft } from "../chat/outbox.ts";
import type { Message } from "../chat/wire.ts";
import { fill, type Language } from "../languages/index.ts";
import { make } from "./dom.ts";
import { icon } from "./icon.ts";
import type { Parts } from "./parts.ts";
import { prose } from "./prose.ts";

const TOGETHER_MS = 600_000;
const DAY_MS = 86_400_000;
/** How far from its end, in pixels, the log may be scrolled and still follow new messages. */
const AT_END = 80;

/** A message, or a draft of one. */
type Turn = Pick<Message, "author" | "name" | "text" | "sent_at"> & { key: string; draft?: Draft };

/** The conversation's log: all messages, by day. */
export class Transcript {
  readonly #log: HTMLElement;
  readonly #below: HTMLElement;
  readonly #language: Language;
  readonly #edit: (draft: Draft) => void;
  readonly #clock: Intl.DateTimeFormat;
  readonly #shown = new Map<string, HTMLElement>();

  /** @param edit called when the shopper wants to change a message that was rejected */
  constructor({ log, below }: Parts, language: Language, edit: (draft: Draft) => void) {
    this.#log = log;
    this.#below = below;
    this.#language = language;
    this.#edit = edit;
    this.#clock = new Intl.DateTimeFormat(language.locale, { timeStyle: "short" });
    log.addEventListener("scroll", () => this.#isAtEnd() && (below.hidden = true), { passive: true });
    below.addEventListener("click", () => {
      this.toEnd();
      log.focus();
    });
  }

  toEnd(): void {
    this.#log.scrollTo(0, this.#log.scrollHeight);
  }

  /** @param trouble whether drafts cannot be sent right now */
  draw(messages: Message[], drafts: Draft[], trouble: boolean): void {
    const stay = this.#isAtEnd();
    const added = this.#drawTurns(turns(messages, drafts), trouble);
    if (stay) {
      this.toEnd();
    } else if (added) {
      this.#below.hidden = false;
    }
  }

  #isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < AT_END;
  }

  /** Returns whether there is a new message of someone else. */
  #drawTurns(turns: Turn[], trouble: boolean): boolean {
    let added = false;
    let at = this.#log.firstElementChild;
    const keep = new Set<string>();
    const place = (key: string, create: () => HTMLElement) => {
      let element = this.#shown.get(key);
      if (!element) {
        element = create();
        this.#shown.set(key, element);
      }
      keep.add(key);
      if (element === at) {
        at = at.nextElementSibling;
      } else {
        this.#log.insertBefore(element, at);
      }
      return element;
    };
    if (!turns.length) {
      const { hello, intro } = this.#language.words;
      place("hello", () =>
        make("div", { class: "hello" }, icon("chat", 32), make("strong", {}, hello), make("p", {}, intro)),
      );
    }
    let day = "";
    turns.forEach((turn, index) => {
      const [before, after] = [turns[index - 1], turns[index + 1]];
      const today = new Date(turn.sent_at).toDateString();
      if (today !== day) {
        day = today;
        place(`day-${day}`, () => make("p", { class: "day" }, this.#day(turn.sent_at)));
      }
      const isNew = !this.#shown.has(turn.key);
      const element = place(turn.key, () => this.#makeTurn(turn));
      added ||= isNew && turn.author !== "shopper";
      const first = !before || !goTogether(before, turn);
      const last = !after || !goTogether(turn, after);
      this.#drawTurn(element, turn, first, last, trouble);
    });
    for (const [key, element] of this.#shown) {
      if (!keep.has(key)) {
        element.remove();
        this.#shown.delete(key);
      }
    }
    return added;
  }

  #makeTurn({ author, name, text, sent_at }: Turn): HTMLElement {
    const { words } = this.#language;
    const role = words[author === "shopper" ? "you" : author] ?? words.system;
    const shown = author === "agent" && name ? `${name} · ${role}` : name || role;
    // Authors that this version does not know must not become class names.
    const kind = author in { shopper: 1, assistant: 1, agent: 1 } ? author : "system";
    const bubble = make("div", { class: "bubble", dir: "auto", lang: "" });
    if (kind === "system") {
      bubble.append(icon("info", 20), make("span", {}, ...prose(text)));
    } else {
      bubble.append(...prose(text));
    }
    const when = new Date(sent_at);
    const time = make("time", { datetime: sent_at }, isNaN(+when) ? "" : this.#clock.format(when));
    return make(
      "div",
      { class: `turn ${kind}` },
      make("p", { class: "who", dir: "auto" }, shown),
      bubble,
      make("p", { class: "meta" }, time),
    );
  }

  /**
   * Updates what can change about a message: its place among the others, and whether it was sent.
   * @param first whether it is the first of those that belong together
   */
  #drawTurn(element: HTMLElement, { draft, author }: Turn, first: boolean, last: boolean, trouble: boolean): void {
    const { words } = this.#language;
    const refused = draft?.refused;
    element.classList.toggle("first", first);
    element.classList.toggle("last", last);
    element.classList.toggle("pending", !!draft);
    element.classList.toggle("refused", !!refused);
    // Visible once above messages that belong together, but announced with each.
    element.firstElementChild?.classList.toggle("hush", !first || author === "shopper" || author === "system");
    const meta = element.lastElementChild as HTMLElement;
    const state = refused ? fill(words.refused, { why: refused }) : draft && (trouble ? words.later : words.sending);
    if (state === (meta.dataset.state || undefined)) {
      return;
    }
    meta.dataset.state = state ?? "";
    const [time] = meta.getElementsByTagName("time");
    if (time) {
      time.hidden = !!state;
      meta.replaceChildren(time, state ?? "");
    }
    if (draft && refused) {
      const edit = make("button", { type: "button" }, words.edit);
      edit.addEventListener("click", () => this.#edit(draft));
      meta.append(" ", edit);
    }
  }

  #day(sentAt: string): string {
    const { locale } = this.#language;
    const date = new Date(sentAt);
    if (isNaN(+date)) {
      return "";
    }
    const midnight = (of: Date) => new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime();
    const ago = Math.round((midnight(date) - midnight(new Date())) / DAY_MS);
    if (ago > -2) {
      const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(ago, "day");
      return words.charAt(0).toLocaleUpperCase(locale) + words.slice(1);
    }
    return date.toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long" });
  }
}

/** The messages that the server knows, followed by those it does not know yet. */
function turns(messages: Message[], drafts: Draft[]): Turn[] {
  const sent = new Set<string>();
  const turns: Turn[] = messages.map((message) => {
    const own = message.author === "shopper" && message.id;
    if (own) sent.add(own);
    // A draft's element stays when the draft is answered: nothing moves, and screen readers announce it only once.
    return { ...message, key: own ? `own-${own}` : `number-${message.number}` };
  });
  for (const draft of drafts) {
    if (!sent.has(draft.id)) {
      const { id, text, at } = draft;
      turns.push({ key: `own-${id}`, author: "shopper", name: null, text, sent_at: at, draft });
    }
  }
  return turns;
}

/** Returns whether two messages belong together: same author, same day, within minutes. */
const goTogether = (a: Turn, b: Turn): boolean =>
  a.author === b.author &&
  a.name === b.name &&
  a.author !== "system" &&
  a.sent_at.slice(0, 10) === b.sent_at.slice(0, 10) &&
  Date.parse(b.sent_at) - Date.parse(a.sent_at) < TOGETHER_MS;
