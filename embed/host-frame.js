// How <convi-integrations> appears on a page in mode frame: in a frame of Convi's own.

/** The styles that a page may set. A frame does not see its host's custom properties, so they are sent. */
const LOOKS = ["accent", "accent-strong", "on-accent", "ground", "surface", "ink", "ink-soft", "edge", "font"];

/**
 * A frame: no script of the host can read what is typed into it. Everything is said over one channel. Returns what to call
 * when an attribute has changed.
 *
 * @param {Around} around
 */
export function show(around) {
  const ready = prepared(around);
  if (!ready) return;
  const { element, frame: iframe, base, signal, token, tell, fresh, fail, failed } = ready;
  iframe.title = "Convi integrations";
  const { port1: port, port2: theirs } = new MessageChannel();
  signal.addEventListener("abort", () => port.close());

  const look = () => {
    const style = getComputedStyle(element);
    const looks = LOOKS.map((name) => [`--convi-${name}`, style.getPropertyValue(`--convi-${name}`).trim()]);
    const { theme, locale } = attributes(element);
    // A frame with a different colour scheme than its document is not transparent. A named theme lets the host's
    // background show through. A page that does not follow the system keeps the frame's own background under the text.
    iframe.style.colorScheme = theme === "light" || theme === "dark" ? theme : "";
    port.postMessage({ kind: "look", theme, locale, looks: looks.filter(([, value]) => value) });
  };
  /** Reports the visible part of the frame, where a dialog and a message belong. */
  const view = () => {
    const { top, height } = iframe.getBoundingClientRect();
    port.postMessage({ kind: "view", top: Math.max(0, -top), bottom: Math.min(height, innerHeight - top) });
  };

  let heard = false;
  port.onmessage = async ({ data }) => {
    heard = true;
    if (data.kind === "token") {
      port.postMessage({ kind: "token", token: await token() });
    } else if (data.kind === "height") {
      iframe.style.height = `${data.height}px`;
      tell("resize", { height: data.height });
      view();
    } else if (data.kind === "event") {
      tell(data.name, data.detail);
    }
  };
  void iframe.listens.then(() => {
    if (signal.aborted) return;
    iframe.contentWindow.postMessage({ convi: 1 }, base.origin, [theirs]);
    look();
    view();
  });
  // A browser that refuses a frame, or gets none, loads a page of its own in its place and tells nobody.
  void iframe.loaded.then(() => {
    if (signal.aborted) return;
    const refused = setTimeout(async () => {
      if (heard) return;
      iframe.remove();
      if (await fresh().then(Boolean, () => false)) {
        fail("origin", keeps("let", " show it"));
      } else {
        failed();
      }
    }, 2000);
    signal.addEventListener("abort", () => clearTimeout(refused));
  });
  for (const event of ["scroll", "resize"]) {
    addEventListener(event, view, { capture: true, passive: true, signal });
  }
  return look;
}
