// Shows a panel that the server has rendered, and makes its dialogs and forms work until its module takes over, or forever
// if the module does not load. The build puts it before `frame.js` and `inline.js`, which show a panel.

/** For pages that require trusted types. Only HTML that Convi's server has rendered, and our icons, become elements. */
const policy = self["trustedTypes"]?.createPolicy("convi-integrations", { createHTML: (html) => html });
const trusted = (html) => policy?.createHTML(html) ?? html;

/** The sentences of this script by language. The build replaces each sentence below with its index. */
const SAID = __SAID__;

/** How long the module waits, in milliseconds, so that a press in the meantime does not compete for the network. */
const WAITS = 1000;

/** The module, started once for all panels of a page. */
let started;

/** Loads the module's glue and a language's catalogue. If the start failed, the next panel tries again. */
async function start(locale) {
  const catalogue = words(locale);
  started ??= import("__PKG__/__GLUE_JS__").then(async (glue) => {
    glue.trust(trusted);
    await glue.default({ module_or_path: fetch(new URL("__PKG__/__WASM__", import.meta.url), { priority: "low" }) });
    return glue;
  });
  try {
    return { glue: await started, catalogue: await catalogue };
  } catch (error) {
    started = undefined;
    throw error;
  }
}

/** Creates an element with a class and children. */
function made(name, className, ...children) {
  const element = document.createElement(name);
  element.className = className;
  element.append(...children);
  return element;
}

/** Turns an element into another, keeping the focus, typed text and open parts. */
function merge(now, next) {
  if (now.nodeName !== next.nodeName) {
    now.replaceWith(next.cloneNode(true));
  } else if (now.nodeType !== Node.ELEMENT_NODE) {
    if (now.data !== next.data) now.data = next.data;
  } else {
    for (const { name, value } of [...next.attributes]) {
      if (now.getAttribute(name) !== value && !own(now, name)) now.setAttribute(name, value);
    }
    for (const { name } of [...now.attributes]) {
      if (!next.hasAttribute(name) && !own(now, name)) now.removeAttribute(name);
    }
    const [old, fresh] = [[...now.childNodes], [...next.childNodes]];
    fresh.forEach((it, at) => (old[at] ? merge(old[at], it) : now.append(it.cloneNode(true))));
    old.slice(fresh.length).forEach((it) => it.remove());
  }
}

/** Whether an attribute is the reader's own state: an open dialog or list, or a pressed eye button. */
const own = ({ localName, classList }, name) =>
  name === "open" ||
  (name === "type" && localName === "input") ||
  (/^(aria-label|data-other)$/.test(name) && classList.contains("secret-eye"));

/**
 * Shows the panel in `box`. `base` is Convi's own origin, `token()` promises a valid token, `tell(name, detail)`
 * receives events, `dressed` resolves once the stylesheet is loaded, `unreached()` may explain why nothing arrives and
 * then returns true, and `signal` removes the panel.
 */
function panel({ box, base, locale, token, tell, dressed, unreached, signal }) {
  const t = (sentence) => (SAID[locale.slice(0, 2).toLowerCase()] ?? SAID.en)[sentence];
  const unreachable = () => t("Convi cannot be reached right now. Check your network.");
  const refused = () => t("Sign-in to Convi failed. Reload the page. If it fails again, check the token's secret, audience and clock.");
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  /** The latest token. */
  let known;
  /** The panel as the server would render it now, what is shown of it, and its dialogs by the name of their button. */
  let kept, view, dialogs;
  /** The data that came with it, the open dialog, and whether that dialog is as the server rendered it. */
  let data, open, answered;
  /** Whether the host knows that the panel is usable, and whether a submitted form is still in flight. */
  let greeted, busy;
  /** The module's panel once it has taken over, and the function that takes over when allowed. */
  let live, ready;
  let beganBeside;

  const on = (name, heard, capture) => box.addEventListener(name, (event) => live || heard(event), { capture, signal });
  on("submit", submit);
  on("click", click);
  on("pointerdown", ({ target }) => (beganBeside = target));
  // The event does not bubble.
  on("close", () => opened(""), true);
  signal.addEventListener("abort", () => live?.unmount());
  // A crashed module leaves a dead screen, so the panel is rendered again without the module.
  const brokeDown = (error) => live && error instanceof WebAssembly.RuntimeError && error.stack.includes(base);
  addEventListener("error", ({ error }) => brokeDown(error) && again(), { signal });
  void load().then((loaded) => loaded && setTimeout(takeOver, started ? 0 : WAITS));

  /**
   * Calls the server. A call rejected because of its token has changed nothing, so it is sent once more with a new
   * token.
   */
  async function call(body) {
    known ??= await token();
    let answer = known && (await sent(body));
    if (answer?.status === 401) {
      const refused = known;
      known = await token();
      if (known && known !== refused) answer = await sent(body);
    }
    return answer;
  }

  const sent = (body) =>
    fetch(`${base}/embed/v1/panel`, {
      method: body ? "POST" : "GET",
      body,
      credentials: "omit",
      headers: { authorization: `Bearer ${known}`, "accept-language": locale },
    });

  /** Returns the HTML of a response, or why there is none. */
  async function asked(body) {
    let answer;
    try {
      [answer] = await Promise.all([call(body), dressed]);
      if (!answer || answer.status === 401) return { kind: "signed_out", message: refused() };
      if (answer.headers.get("content-type")?.startsWith("text/html")) return { html: await answer.text() };
      const { detail } = await answer.json();
      return { kind: answer.status === 403 ? "not_allowed" : "failed", message: detail ?? unreachable() };
    } catch {
      return { kind: answer ? "failed" : "offline", message: unreachable() };
    }
  }

  /** Loads the panel. Returns whether it is shown. */
  async function load() {
    const loading = made("div", "card skeleton", made("span", "hidden", t("Loading…")));
    loading.setAttribute("role", "status");
    view = undefined;
    box.replaceChildren();
    // Without the stylesheet, it would be a bare word.
    const wait = () => view || box.hasChildNodes() || box.append(made("div", "panel", loading));
    Promise.resolve(dressed).then(wait, () => {});
    const { html, kind, message } = await asked();
    if (signal.aborted) return false;
    if (html) {
      take(html);
      if (!greeted) tell("ready");
      return (greeted = true);
    }
    if ((kind === "offline" && (await unreached?.())) || signal.aborted) return false;
    const button = made("button", "button button-small", t("Try again"));
    button.onclick = () => load().then((loaded) => loaded && takeOver());
    const note = made("div", "note note-bad", made("p", "", message), button);
    note.setAttribute("role", "alert");
    box.replaceChildren(made("div", "panel", note));
    tell("error", { kind, message });
    return false;
  }

  /** Shows the server's response. */
  function take(html, closed) {
    const sent = new DOMParser().parseFromString(trusted(html), "text/html");
    dialogs = new Map([...sent.querySelectorAll("template")].map((it) => [it.dataset.open, it.content.firstElementChild]));
    kept = sent.querySelector(".convi");
    for (const tree of [kept, ...dialogs.values()]) {
      for (const eye of tree.querySelectorAll(".secret-eye")) eye.hidden = false;
    }
    for (const time of kept.querySelectorAll("time")) {
      time.firstChild.data = moments.format(new Date(time.dateTime));
    }
    data = JSON.parse(sent.querySelector("script").text);
    ({ open } = data);
    answered = true;
    if (closed) put("");
    draw();
    if (data.event) tell(...data.event);
  }

  function draw() {
    const gone = view?.querySelector("dialog");
    // The browser restores the focus.
    if (gone && !open) gone.close();
    if (view) {
      merge(view, kept);
    } else {
      box.replaceChildren((view = document.importNode(kept, true)));
    }
    const dialog = view.querySelector("dialog");
    if (dialog && !dialog.matches(":modal")) {
      dialog.removeAttribute("open");
      dialog.showModal();
      dialog.querySelector("[data-first]")?.focus();
    }
  }

  /** Opens a button's dialog. Without a name, none is open. */
  function opened(name) {
    if (!dialogs.has(name) || open === name) return;
    put(name);
    draw();
  }

  function put(name) {
    open = name;
    answered = false;
    kept.querySelector(".dialogs").replaceWith(dialogs.get(name).cloneNode(true));
  }

  async function submit(event) {
    const { target: form, submitter } = event;
    // The browser closes the dialog.
    if (form.method === "dialog" || submitter?.formMethod === "dialog") return;
    event.preventDefault();
    const fields = new URLSearchParams(/** @type {any} */ (new FormData(form, submitter)));
    if (form.method === "get") return opened(String(fields));
    if (busy) return;
    busy = true;
    submitter?.setAttribute("aria-busy", "true");
    form.querySelector(".told")?.replaceChildren();
    const before = open;
    const { html, message } = await asked(fields);
    busy = false;
    if (signal.aborted) return;
    try {
      if (html) {
        // A dialog closed in the meantime stays closed.
        take(html, before && !open);
        if (form.isConnected) corrected(form, fields);
      } else {
        submitter?.removeAttribute("aria-busy");
        const note = made("div", "note note-bad", made("p", "", message));
        (form.querySelector(".told") ?? view.querySelector(".toasts")).replaceChildren(note);
      }
    } finally {
      // Whatever happened, the module must not keep waiting.
      ready?.();
    }
  }

  /** Shows the typed values as the server understood them, unless they have changed since, and the errors. */
  function corrected(form, fields) {
    for (const input of form.querySelectorAll("input[value]")) {
      if (input.value === fields.get(input.name)) input.value = input.getAttribute("value");
    }
    form.querySelector("[aria-invalid]")?.focus();
    form.querySelector(".told")?.scrollIntoView({ block: "nearest" });
  }

  function click({ target }) {
    const eye = target.closest(".secret-eye");
    const toast = target.closest(".toast button")?.parentElement;
    if (eye) {
      const input = eye.parentElement.querySelector("input");
      input.type = input.type === "text" ? "password" : "text";
      const name = eye.getAttribute("aria-label");
      eye.setAttribute("aria-label", eye.dataset.other);
      eye.dataset.other = name;
    } else if (toast) {
      for (const tree of [view, kept]) tree.querySelector(`#${toast.id}`).hidden = true;
    } else if (target.localName === "dialog" && beganBeside === target) {
      target.close();
    }
  }

  async function takeOver() {
    // Without the module everything works except automatic updates.
    const loaded = await start(locale).catch(() => {});
    if (!loaded || signal.aborted) return;
    const { glue, catalogue } = loaded;
    ready = () => {
      ready = undefined;
      if (signal.aborted) return;
      // A translator or an extension may have changed the nodes. The module needs exactly those that were sent.
      merge(view, kept);
      const first = Uint8Array.from(atob(data.first), (it) => it.charCodeAt(0));
      const heard = (name, detail) => tell(name, JSON.parse(detail));
      // The module starts with masked fields.
      const eyes = view.querySelectorAll(".secret [type=text] + .secret-eye");
      try {
        live = glue.hydrate(view, first, open, answered, base, known, token, heard, locale, catalogue);
        for (const eye of eyes) eye.click();
      } catch {
        again();
      }
    };
    if (!busy) ready();
  }

  function again() {
    live = undefined;
    void load();
  }
}
