// Shows a panel that the server has rendered, which works (`acts.js`) until its module takes over, or forever if the
// module does not load. The build puts it before `frame.js` and `inline.js`, which show a panel.

/** For pages that require trusted types. Only HTML that Convi's server has rendered, and our icons, become elements. */
const policy = self["trustedTypes"]?.createPolicy("convi-integrations", { createHTML: (html) => html });
const trusted = (html) => policy?.createHTML(html) ?? html;

/** How long the module waits, in milliseconds, so that a press in the meantime does not compete for the network. */
const WAITS = 1000;

/** How long a panel waits, in milliseconds, before it requests a module again that did not load. */
const AGAIN = [5_000, 30_000];

/** The module, started once for all panels of a page. */
let started;

/** How often a start has failed, or a module has crashed. Each start after that is one of a fresh module. */
let failures = 0;

function discard() {
  started = undefined;
  failures += 1;
}

/** Loads the module's glue and a language's catalogue. */
async function start(locale) {
  const catalogue = words(locale);
  // A browser may remember that a script did not load.
  const fresh = failures ? `?${failures}` : "";
  started ??= import(`__PKG__/__GLUE_JS__${fresh}`).then(async (glue) => {
    glue.trust(trusted);
    await glue.default({ module_or_path: fetch(new URL("__PKG__/__WASM__", import.meta.url), { priority: "low" }) });
    return glue;
  });
  const starting = started;
  try {
    return { glue: await starting, catalogue: await catalogue };
  } catch (error) {
    // Two panels may have waited for it.
    if (started === starting) discard();
    throw error;
  }
}

/**
 * Shows the panel in `box`. `base` is Convi's own origin, `token()` promises a valid token, `tell(name, detail)`
 * receives events, `early` may promise the panel, asked for with the first token, `dressed` resolves once the stylesheet is loaded, `unreached()` may explain why nothing arrives and
 * then returns true, and `signal` removes the panel.
 */
function panel({ box, base, locale, token, tell, early, dressed, unreached, signal }) {
  const t = speaking(locale);
  const unreachable = () => t("Convi cannot be reached right now. Check your network.");
  const refused = () => t("Sign-in to Convi failed. Reload the page. If it fails again, check the token's secret and audience, and your server's clock.");
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  /** The latest token. */
  let known;
  /** The panel as the server would render it now, what is shown of it, and its dialogs by the name of their button. */
  let kept, view, dialogs;
  /** The data that came with it, the open dialog, and whether that dialog is as the server rendered it. */
  let data, open, answered;
  /** Whether the host knows that the panel is usable. */
  let greeted;
  /** The module's panel once it has taken over, and the function that takes over when allowed. */
  let live, ready;

  const busy = acts({
    box,
    signal,
    live: () => live,
    trees: () => [view, kept],
    ask: (_form, fields) => asked(fields),
    take: ({ html }, gone) => take(html, gone),
    opened,
    settled: () => ready?.(),
  });
  signal.addEventListener("abort", () => live?.unmount());
  // A crashed module leaves a dead screen, so the panel is rendered again without the module.
  const brokeDown = (error) => live && error instanceof WebAssembly.RuntimeError && error.stack.includes(base);
  addEventListener("error", ({ error }) => brokeDown(error) && void again(), { signal });
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

  async function sent(body) {
    const first = body ? undefined : early;
    early = undefined;
    return (
      (await first) ??
      fetch(`${base}/embed/v1/panel`, {
        method: body ? "POST" : "GET",
        body,
        credentials: "omit",
        headers: { authorization: `Bearer ${known}`, "accept-language": locale },
      })
    );
  }

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

  /** Shows the server's response. If its dialog is `gone`, the one that is open now stays. */
  function take(html, gone) {
    const sent = new DOMParser().parseFromString(trusted(html), "text/html");
    const templates = [...sent.querySelectorAll("template")];
    // After a form that failed, there are none: the dialogs are the same.
    if (templates.length) dialogs = new Map(templates.map((it) => [it.dataset.open, it.content.firstElementChild]));
    kept = sent.querySelector(".convi");
    [kept, ...dialogs.values()].forEach(unhide);
    for (const time of kept.querySelectorAll("time")) {
      time.firstChild.data = moments.format(new Date(time.dateTime));
    }
    data = JSON.parse(sent.querySelector("script").text);
    if (gone) put(dialogOf(view)?.open && dialogs.has(open) ? open : "");
    else [open, answered] = [data.open, true];
    shown();
    if (data.event) tell(...data.event);
  }

  function shown() {
    if (!view) box.replaceChildren((view = document.importNode(kept, true)));
    draw(view, kept);
  }

  /** Opens a button's dialog. Without a name, none is open. */
  function opened(name) {
    if (!dialogs.has(name) || open === name) return;
    put(name);
    shown();
  }

  function put(name) {
    open = name;
    answered = false;
    kept.querySelector(".dialogs").replaceWith(dialogs.get(name).cloneNode(true));
  }

  /** Without the module everything works except automatic updates, so it is not an error if it does not load. */
  async function takeOver(tried = 0) {
    if (signal.aborted) return;
    let loaded;
    try {
      loaded = await start(locale);
    } catch (error) {
      // A policy does not allow it, or it is none. Anything else may be the network's fault.
      if (!(error instanceof WebAssembly.CompileError) && tried < AGAIN.length) setTimeout(takeOver, AGAIN[tried], tried + 1);
      return;
    }
    if (signal.aborted) return;
    const { glue, catalogue } = loaded;
    ready = () => {
      ready = undefined;
      if (signal.aborted) return;
      if (left(view, kept)) opened("");
      // A translator or an extension may have changed the nodes. The module needs exactly those that were sent.
      merge(view, kept);
      const first = Uint8Array.from(atob(data.first), (it) => it.charCodeAt(0));
      const heard = (name, detail) => tell(name, JSON.parse(detail));
      const eyes = unmasked(view);
      try {
        live = glue.hydrate(view, first, open, answered, base, known, token, heard, locale, catalogue);
        for (const eye of eyes) eye.click();
      } catch {
        // Once more, with a fresh panel and a fresh module.
        void again().then((loaded) => loaded && !tried && takeOver(1));
      }
    };
    if (!busy()) ready();
  }

  /** Shows the panel again without its module, which has crashed. The next panel gets a fresh one. */
  function again() {
    live = undefined;
    discard();
    return load();
  }
}
