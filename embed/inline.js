// What <convi-integrations> does on a page in mode inline: the panel in the element's shadow.

/** The style, loaded once. A load that failed is tried again. */
let style;

/** The language of the page's panels: they share the module, which has one. */
let locale;

/**
 * In the shadow the host's scripts could read it, so the host must be trusted.
 *
 * @param {Around} around
 */
export function show(around) {
  const ready = prepared(around);
  if (!ready) return;
  const { element, root, base, signal, token, tell, fresh, fail } = ready;
  const box = document.createElement("div");
  box.className = "convi-inline";
  box.lang = locale ??= attributes(element).locale;
  root.append(box);
  // Taken away it has no height, which is no news.
  const seen = new ResizeObserver(() => box.offsetHeight && tell("resize", { height: box.offsetHeight }));
  seen.observe(box);
  signal.addEventListener("abort", () => seen.disconnect());
  /** Whether the key went down for our dialog: then it also comes up for it. */
  let held = false;
  // Escape is for our dialog as long as there is one: a drawer of the host, which listens too, stays. A frame has its own
  // keys.
  for (const name of ["keydown", "keyup"]) {
    addEventListener(name, ours, { capture: true, signal });
  }
  panel({ box, base: base.origin, locale, token, tell, dressed: dress(), unreached, signal });
  return () => {};

  function ours(event) {
    if (event.key !== "Escape") return;
    const open = !!box.querySelector("dialog:modal");
    if (open || held) event.stopImmediatePropagation();
    held = open && event.type === "keydown";
  }

  async function dress() {
    const sheet = await (style ??= styled());
    root.adoptedStyleSheets = [root.adoptedStyleSheets[0], sheet];
  }

  /** Its scripts come and its answers do not: the browser keeps them from an origin that is not listed. */
  async function unreached() {
    const answered = (promise) => promise.then(Boolean, () => false);
    // Scripts may be read from anywhere, answers by those who are listed. The answer is asked for last: a network that
    // has come back meanwhile brings it too.
    if (!(await answered(fresh())) || (await answered(fetch(new URL("health/live", base)))) || signal.aborted) return false;
    box.hidden = true;
    fail("origin", keeps("answer"));
    return true;
  }
}

async function styled() {
  try {
    const sheet = new CSSStyleSheet();
    return await sheet.replace(await (await fetch(new URL("__PKG__/__CSS__", import.meta.url))).text());
  } catch (error) {
    style = undefined;
    throw error;
  }
}
