// An element with the same name, property and events as Convi's own, so that one host page and one test work with
// either.

import { createRoot, type Root } from "react-dom/client";

import tokens from "../../../style/10-tokens.css?inline";
import base from "../../../style/20-base.css?inline";
import controls from "../../../style/40-controls.css?inline";
import dialog from "../../../style/50-dialog.css?inline";
import rows from "../../../style/60-rows.css?inline";
import checklist from "../../../style/61-checklist.css?inline";
import handovers from "../../../style/61-handovers.css?inline";
import toasts from "../../../style/70-toasts.css?inline";
import embed from "../../../style/80-embed.css?inline";

import { Api } from "./api.ts";
import { Screen, type Tell } from "./Screen.tsx";

const origin = new URL(import.meta.url).origin;

const sheet = new CSSStyleSheet();
sheet.replaceSync(":host{display:block;min-height:36rem}" + tokens + base + controls + dialog + rows + checklist + handovers + toasts + embed);

class ConviIntegrations extends HTMLElement {
  #getToken: (() => Promise<string>) | undefined;
  #waiting: (() => void)[] = [];
  #root: Root | undefined;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
  }

  get getToken() {
    return this.#getToken;
  }

  set getToken(getToken) {
    this.#getToken = getToken;
    this.#waiting.splice(0).forEach((go) => go());
  }

  connectedCallback() {
    // Set on the element before this script ran.
    if (Object.hasOwn(this, "getToken")) {
      const { getToken } = this;
      Reflect.deleteProperty(this, "getToken");
      this.getToken = getToken;
    }
    const box = document.createElement("div");
    this.shadowRoot?.append(box);
    const api = new Api(origin, async () => {
      if (!this.#getToken) await new Promise<void>((go) => this.#waiting.push(go));
      return this.#getToken?.() ?? "";
    });
    const tell: Tell = (name, detail = {}) =>
      this.dispatchEvent(new CustomEvent(`convi-${name}`, { detail, bubbles: true, composed: true }));
    this.#root = createRoot(box);
    this.#root.render(<Screen api={api} base={origin} tell={tell} />);
  }

  disconnectedCallback() {
    this.#root?.unmount();
    this.#root = undefined;
    this.shadowRoot?.replaceChildren();
  }
}

customElements.define("convi-integrations", ConviIntegrations);
