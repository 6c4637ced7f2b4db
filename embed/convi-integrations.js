// <convi-integrations>: Convi's screen of the helpdesks inside another site's page.
// Attributes mode (frame, inline), theme, locale; property getToken; events convi-*. See docs/embedding.md.

const base = new URL("../..", import.meta.url);

class ConviIntegrations extends HTMLElement {
  static observedAttributes = ["mode", "theme", "locale"];
  #root = this.attachShadow({ mode: "open" });
  #getToken;
  #waiting = [];
  #asking;
  #shown;

  get getToken() {
    return this.#getToken;
  }

  set getToken(getToken) {
    this.#getToken = getToken;
    this.#waiting.splice(0).forEach((go) => go());
  }

  connectedCallback() {
    // Set on the element before this script had run.
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
    if (name === "mode") {
      this.#hide();
      this.#show();
    } else {
      this.#shown.look?.();
    }
  }

  async #show() {
    const shown = (this.#shown = { over: new AbortController() });
    const { signal } = shown.over;
    const late = setTimeout(() => this.#getToken || this.#fail("no-token", words.property), 2000);
    signal.addEventListener("abort", () => clearTimeout(late));
    document.addEventListener(
      "securitypolicyviolation",
      ({ blockedURI, effectiveDirective }) => {
        if (blockedURI.startsWith(base.origin) || blockedURI === "wasm-eval") {
          this.#fail("policy", words.policy(effectiveDirective, blockedURI));
        }
      },
      { signal },
    );
    try {
      const { show } = await import("__HOST_JS__");
      if (!signal.aborted) {
        shown.look = show({ element: this, root: this.#root, base, signal, token: () => this.#token(), tell: this.#tell, fail: this.#fail });
      }
    } catch {
      this.#fail("offline", words.offline);
    }
  }

  #hide() {
    this.#shown?.over.abort();
    this.#shown = undefined;
    this.#root.replaceChildren();
  }

  /** Calls that need one at the same moment share it. */
  #token() {
    return (this.#asking ??= this.#ask().finally(() => (this.#asking = undefined)));
  }

  async #ask() {
    if (!this.#getToken) await new Promise((go) => this.#waiting.push(go));
    try {
      const token = await this.#getToken();
      if (typeof token === "string" && token) return token;
    } catch {}
    this.#fail("token", words.token);
  }

  #tell = (name, detail = {}) => {
    this.dispatchEvent(new CustomEvent(`convi-${name}`, { detail, bubbles: true, composed: true }));
  };

  // A sentence instead of an empty box.
  #fail = (kind, message) => {
    if (!this.#shown) return;
    let { note } = this.#shown;
    if (!note) {
      note = this.#shown.note = document.createElement("p");
      note.setAttribute("role", "alert");
      note.style.cssText = "margin:0;padding:1em;border:1px solid;border-radius:.5em;color:#a32a25;background:#fbeae8";
      this.#root.prepend(note);
    }
    note.textContent = message;
    this.#tell("error", { kind, message });
  };
}

const words = {
  property: "Set this element's getToken to a function that promises a Convi token.",
  token: "getToken did not return a token. Sign in again or reload the page.",
  offline: `Convi cannot be reached at ${base.origin}.`,
  policy: (directive, uri) => `This page's Content-Security-Policy must allow ${uri === "wasm-eval" ? "'wasm-unsafe-eval'" : base.origin} in ${directive}.`,
};

customElements.get("convi-integrations") ?? customElements.define("convi-integrations", ConviIntegrations);
