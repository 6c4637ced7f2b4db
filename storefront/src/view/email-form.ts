import type { Chat } from "../chat/chat.ts";
import type { Store } from "../chat/store.ts";
import type { Words } from "../languages/index.ts";
import { setText } from "./dom.ts";
import type { Parts } from "./parts.ts";

/** Asks for an email address while the conversation needs one. */
export class EmailForm {
  readonly #parts: Parts;
  readonly #words: Words;
  readonly #chat: Chat;
  readonly #session: Store;
  readonly #changed: () => void;

  constructor(parts: Parts, words: Words, chat: Chat, session: Store, changed: () => void) {
    this.#parts = parts;
    this.#words = words;
    this.#chat = chat;
    this.#session = session;
    this.#changed = changed;
    const { mail, email, emailLater, text } = parts;
    mail.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#leave();
    });
    email.addEventListener("input", () => this.#sayWrong(""));
    emailLater.addEventListener("click", () => {
      text.focus();
      void this.#refuse();
    });
  }

  /** @param focused the element that has the focus */
  draw(focused: Element | null): void {
    const { mail, text } = this.#parts;
    const { state, needsEmail } = this.#chat.conversation;
    const asks = needsEmail && this.#session.get("later") !== state;
    if (!asks && mail.contains(focused)) {
      text.focus();
    }
    mail.hidden = !asks;
  }

  async #leave(): Promise<void> {
    const { email, text } = this.#parts;
    const address = email.value.trim();
    const wrong = address ? await this.#chat.leaveEmail(address) : this.#words.email_missing;
    if (wrong === null) {
      email.value = "";
      text.focus();
    } else {
      this.#sayWrong(wrong || this.#words.email_failed);
      email.focus();
    }
    this.#changed();
  }

  async #refuse(): Promise<void> {
    // Hidden at once. If the server does not hear of it, this tab does not ask again in this state of the conversation.
    this.#session.set("later", this.#chat.conversation.state);
    this.#changed();
    if (await this.#chat.refuseEmail()) {
      this.#session.remove("later");
    }
    this.#changed();
  }

  #sayWrong(wrong: string): void {
    const { email, emailWrong } = this.#parts;
    setText(emailWrong, wrong);
    if (wrong) {
      email.setAttribute("aria-invalid", "true");
    } else {
      email.removeAttribute("aria-invalid");
    }
  }
}
