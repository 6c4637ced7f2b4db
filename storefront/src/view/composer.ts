import type { Store } from "../chat/store.ts";
import { fill, type Words } from "../languages/index.ts";
import { composes, setText } from "./dom.ts";
import type { Parts } from "./parts.ts";

/** In characters. */
const MAX_TEXT = 4000;

/** The field in which the shopper writes. A draft survives the page. */
export class Composer {
  readonly #text: HTMLTextAreaElement;
  readonly #long: HTMLElement;
  readonly #words: Words;
  readonly #session: Store;
  readonly #send: (text: string) => void;

  constructor({ text, long, box }: Parts, words: Words, session: Store, send: (text: string) => void) {
    this.#text = text;
    this.#long = long;
    this.#words = words;
    this.#session = session;
    this.#send = send;
    text.addEventListener("input", () => {
      session.set("text", text.value);
      this.fit();
    });
    text.addEventListener("keydown", (event) => {
      // In an input method, Enter also confirms a character, for example in Japanese.
      if (event.key === "Enter" && !event.shiftKey && !composes(event)) {
        event.preventDefault();
        this.#submit();
      }
    });
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    text.value = session.get("text") ?? "";
  }

  focus(): void {
    this.#text.focus();
  }

  /** Inserts a text before the current one. */
  prepend(before: string): void {
    const text = this.#text;
    text.value = text.value ? `${before}\n${text.value}` : before;
    this.#session.set("text", text.value);
    this.fit();
    text.focus();
  }

  /** Grows the field with its lines if the browser does not. */
  fit(): void {
    const text = this.#text;
    if (!CSS.supports("field-sizing", "content")) {
      text.style.blockSize = "auto";
      text.style.blockSize = `${text.scrollHeight}px`;
    }
  }

  #submit(): void {
    const text = this.#text;
    const said = text.value.trim();
    const tooLong = said.length > MAX_TEXT;
    setText(this.#long, tooLong ? fill(this.#words.long, { n: said.length, max: MAX_TEXT }) : "");
    text.toggleAttribute("aria-invalid", tooLong);
    text.focus();
    if (!said || tooLong) {
      return;
    }
    text.value = "";
    this.#session.remove("text");
    this.fit();
    this.#send(said);
  }
}
