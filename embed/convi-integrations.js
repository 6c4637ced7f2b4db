// <convi-integrations>: Convi's settings screen for helpdesks, embedded in another site's page. Attributes mode (frame,
// inline), theme, locale; property getToken; events convi-*. See docs/embedding.md.

const base = new URL("../..", import.meta.url);

/** Loads the code for a mode when an element needs it. */
export const host = (mode) => (mode === "inline" ? import("__INLINE_JS__") : import("__FRAME_HOST_JS__"));
/** Loads the current version of this file from Convi's origin. Any page may load it. */
const fresh = () => import(`${import.meta.url}?${Date.now()}`);

/** A language that Convi supports, optionally with a region. */
const LOCALE = /^(en|de|fr)(-[a-z]{2})?$/i;
const localeOf = (element) => [element.getAttribute("locale"), navigator.language].find((it) => LOCALE.test(it)) ?? "en";
/** The language of all inline panels on a page, because they share one module. */
let shared;

// Reserves a minimum height, so that nothing below has to move later.
const room = new CSSStyleSheet();
room.replaceSync(":host{display:block;min-height:38rem}");

class ConviIntegrations extends HTMLElement {
  static observedAttributes = ["mode", "theme", "locale"];
  #root = this.attachShadow({ mode: "open" });
  #getToken;
  #waiting = [];
  #asking;
  #shown;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [room];
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
      delete this.getToken;
      this.getToken = getToken;
    }
    this.#show();
  }

  disconnectedCallback() {
    this.#hide();
  }

  attributeChangedCallback(name, old, now) {
    if (old === now || !this.#shown) return;
    if (name !== "theme") {
      this.#again();
    } else {
      this.#shown.look?.();
    }
  }

  async #show() {
    const shown = (this.#shown = { over: new AbortController() });
    const { signal } = shown.over;
    const fail = (kind, message) => signal.aborted || this.#fail(kind, message);
    const late = setTimeout(() => this.#getToken || fail("no-token", words.property), 2000);
    signal.addEventListener("abort", () => clearTimeout(late));
    addEventListener("online", () => shown.offline && this.#again(), { signal });
    document.addEventListener(
      "securitypolicyviolation",
      ({ blockedURI, disposition, effectiveDirective, sample }) => {
        // For trusted types, the blocked item is the name of a policy. Report-only violations block nothing, and a
        // module that may not run only delays what can wait.
        const named = sample === "convi-integrations";
        if (disposition === "enforce" && (named || blockedURI.startsWith(base.origin))) {
          fail("policy", words.policy(effectiveDirective, named ? sample : blockedURI));
        }
      },
      { signal },
    );
    /** Reports why it did not start, as far as a browser can tell. */
    const failed = () =>
      fresh().then(
        () => fail("failed", this.#t("Convi could not load. Reload the page, or try another browser.")),
        () => fail("offline", this.#t("Convi cannot be reached at {origin}.")),
      );
    // Requests the token and the frame while the rest loads: a frame must be loaded before it can ask for anything.
    const mode = this.getAttribute("mode");
    const sandboxed = origin === "null";
    const first = sandboxed || this.#token();
    const locale = () => (mode === "inline" ? (shared ??= localeOf(this)) : localeOf(this));
    let frame, early;
    if (mode !== "inline" && !sandboxed) {
      frame = document.createElement("iframe");
      frame.style.cssText = "display:block;width:100%;height:38rem;border:0";
      frame.sandbox = "allow-scripts allow-forms allow-same-origin allow-popups";
      frame.src = `${base}embed/v1/frame`;
      frame.loaded = new Promise((loaded) => (frame.onload = loaded));
      frame.listens = new Promise((heard) => {
        const says = ({ source, origin }) => source === frame.contentWindow && origin === base.origin && heard(true);
        addEventListener("message", says, { signal });
      });
      this.#root.append(frame);
    } else if (!sandboxed) {
      // What an inline panel needs, while its script loads.
      const headers = (token) => ({ authorization: `Bearer ${token}`, "accept-language": locale() });
      early = {
        style: fetch(new URL("__CSS__", import.meta.url)),
        panel: first.then((token) => token && fetch(`${base}embed/v1/panel`, { credentials: "omit", headers: headers(token) })),
      };
      for (const it of [early.style, early.panel]) it.catch(() => {});
    }
    try {
      // The browser may have kept this file across an update of Convi, so the files that it names are gone. The current
      // version knows the new ones.
      const { show } = await host(mode).catch(async () => (await fresh()).host(mode));
      if (!signal.aborted) {
        shown.look = show({ element: this, root: this.#root, base, signal, locale, first, early, frame, token: () => this.#token(), tell: this.#tell, fresh, fail, failed });
      }
    } catch {
      frame?.remove();
      failed();
    }
  }

  #again() {
    this.#hide();
    this.#show();
  }

  #hide() {
    this.#shown?.over.abort();
    this.#shown = undefined;
    this.#root.replaceChildren();
  }

  /** Concurrent calls share one token request. */
  #token() {
    return (this.#asking ??= this.#ask().finally(() => (this.#asking = undefined)));
  }

  async #ask() {
    if (!this.#getToken) await new Promise((go) => this.#waiting.push(go));
    try {
      const token = await this.#getToken();
      if (typeof token === "string" && token) {
        // Other messages stay.
        if (/token/.test(this.#shown?.kind)) this.#note();
        return token;
      }
    } catch {}
    this.#fail("token", words.token);
  }

  /** Translates a sentence into the language of the panel. */
  #t(sentence) {
    return SAID[localeOf(this).slice(0, 2).toLowerCase()][sentence].replace("{origin}", base.origin);
  }

  #tell = (name, detail = {}) => {
    if (detail.kind && detail.kind !== "policy" && this.#shown?.kind === "policy") return;
    // A start that failed offline is tried again when the network is back.
    if (this.#shown && (detail.kind || name === "ready")) this.#shown.offline = detail.kind === "offline";
    this.dispatchEvent(new CustomEvent(`convi-${name}`, { detail, bubbles: true, composed: true }));
  };

  #fail(kind, message) {
    // A policy violation looks like a network error to the failing call.
    if (!this.#shown || this.#shown.kind === "policy") return;
    this.#note(kind, message);
    this.#tell("error", { kind, message });
  }

  /** Shows a sentence instead of an empty box. Without one, removes the previous sentence. */
  #note(kind, message) {
    const shown = this.#shown;
    if (!shown) return;
    shown.note?.remove();
    shown.kind = kind;
    if (!kind) return;
    const note = (shown.note = document.createElement("p"));
    note.setAttribute("role", "alert");
    note.style.cssText = "margin:0;padding:1em;border:1px solid;border-radius:.5em;color:#a32a25;background:#fbeae8";
    note.textContent = message;
    if (kind === "offline" || kind === "failed") {
      const button = document.createElement("button");
      button.textContent = this.#t("Try again");
      button.style.cssText = "font:inherit;margin-inline-start:1em;min-height:24px";
      button.onclick = () => this.#again();
      note.append(button);
    }
    this.#root.prepend(note);
  }
}

/** The sentences of this script by language. The build replaces each sentence above with its index. */
const SAID = __SAID__;

/** Sentences for the page's developer. */
const words = {
  token: "getToken did not return a token. Sign in again or reload the page.",
  property: "Set this element's getToken to a function that returns a promise of a token.",
  policy: (directive, needs) =>
    `This page's Content-Security-Policy must allow ${/:/.test(needs) ? base.origin : needs} in ${directive}.`,
};

customElements.get("convi-integrations") ?? customElements.define("convi-integrations", ConviIntegrations);
