import type { ConviChatElement } from "../../convi-chat.d.ts";
import { Store } from "../chat/store.ts";
import { languageFor } from "../languages/index.ts";
import styles from "../styles/index.css";
import { whenIdle } from "./dom.ts";
import { type Host, Panel } from "./panel.ts";

let sheet: CSSStyleSheet | undefined;

/** The stylesheet, parsed once for all elements of a page. */
function styleSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
  }
  return sheet;
}

/**
 * `<convi-chat>`. It does not declare a field `context`, which would hide what a shop set before this file was loaded.
 */
export class ConviChat extends HTMLElement implements ConviChatElement {
  static observedAttributes = ["merchant", "server", "locale", "heading"];

  #panel: Panel | null = null;
  #stop = new AbortController();
  #open = false;

  get isOpen(): boolean {
    return this.#open;
  }

  open(): void {
    this.#show(true);
  }

  close(): void {
    this.#show(false);
  }

  connectedCallback(): void {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    whenIdle(() => signal.aborted || this.#start(signal));
  }

  disconnectedCallback(): void {
    this.#stop.abort();
    this.#panel = null;
    this.shadowRoot?.replaceChildren();
  }

  attributeChangedCallback(): void {
    if (this.#panel) {
      this.disconnectedCallback();
      this.connectedCallback();
    }
  }

  #start(signal: AbortSignal): void {
    const merchant = this.getAttribute("merchant");
    if (!merchant) {
      console.error("<convi-chat> needs the attribute merchant");
      return;
    }
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [styleSheet()];
    const session = new Store("sessionStorage", `convi-chat:${merchant}:`);
    // An email's link leads back to the chat.
    this.#open ||= session.get("open") === "1" || location.hash === "#convi-chat";
    const options = {
      merchant,
      server: new URL(this.getAttribute("server") || import.meta.url, location.href).origin,
      language: languageFor(this.getAttribute("locale") || document.documentElement.lang || navigator.language),
      heading: this.getAttribute("heading") ?? "",
      session,
      open: this.#open,
    };
    this.#panel = new Panel(root, this as Host, options, signal);
    this.dispatchEvent(new CustomEvent("convi-chat-ready", { bubbles: true, composed: true }));
  }

  #show(open: boolean): void {
    if (open === this.#open) {
      return;
    }
    this.#open = open;
    // Not started yet: it will start open.
    if (this.#panel) {
      this.#panel.show(open);
      if (open) {
        this.dispatchEvent(new CustomEvent("convi-chat-open", { bubbles: true, composed: true }));
      }
    }
  }
}
