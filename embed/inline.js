// Mode inline of <convi-integrations>: shows the panel in the element's shadow root.

/** The stylesheet, loaded once. A failed load is tried again. */
let style;

/**
 * Shows the panel. The host's scripts can read a shadow root, so the host must be trusted.
 *
 * @param {Around} around
 */
export function show(around) {
  const ready = prepared(around);
  if (!ready) return;
  const { root, base, signal, locale, early, token, tell, fresh, fail } = ready;
  const box = document.createElement("div");
  box.className = "convi-inline";
  box.lang = locale();
  root.append(box);
  // A removed element has no height, which need not be reported.
  const seen = new ResizeObserver(() => box.offsetHeight && tell("resize", { height: box.offsetHeight }));
  seen.observe(box);
  signal.addEventListener("abort", () => seen.disconnect());
  /** Whether the key went down in our dialog: then its release belongs to the dialog too. */
  let held = false;
  // While our dialog is open, Escape belongs to it, and a listening drawer of the host stays open. A frame has its own
  // key events.
  for (const name of ["keydown", "keyup"]) {
    addEventListener(name, ours, { capture: true, signal });
  }
  panel({ box, base: base.origin, locale: box.lang, token, tell, early: early.panel, dressed: dress(), unreached, signal });
  return () => {};

  function ours(event) {
    if (event.key !== "Escape") return;
    const open = !!box.querySelector("dialog:modal");
    if (open || held) event.stopImmediatePropagation();
    held = open && event.type === "keydown";
  }

  async function dress() {
    const sheet = await (style ??= styled(early.style));
    root.adoptedStyleSheets = [root.adoptedStyleSheets[0], sheet];
  }

  /** Reports that the origin is not listed: then scripts load, but the browser withholds responses. */
  async function unreached() {
    const answered = (promise) => promise.then(Boolean, () => false);
    // Any origin may read scripts, only listed ones may read responses. The response is requested last: if the network
    // has come back in the meantime, that succeeds too.
    if (!(await answered(fresh())) || (await answered(fetch(new URL("health/live", base)))) || signal.aborted) return false;
    box.hidden = true;
    fail("origin", unlisted());
    return true;
  }
}

async function styled(early) {
  try {
    const sheet = new CSSStyleSheet();
    const found = await early.catch(() => {});
    // The page may have an older copy of the element, which knows another file.
    const answer = found?.ok ? found : await fetch(new URL("__PKG__/__CSS__", import.meta.url));
    return await sheet.replace(await answer.text());
  } catch (error) {
    style = undefined;
    throw error;
  }
}
