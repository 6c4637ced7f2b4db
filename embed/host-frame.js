// Mode frame of <convi-integrations>: shows the panel in an iframe from Convi's origin.

/** The custom properties that a page may set. A frame does not inherit them, so they are sent to it. */
const LOOKS = ["accent", "accent-strong", "on-accent", "ground", "surface", "ink", "ink-soft", "edge", "font"];

/**
 * Shows the frame. No script of the host can read what is typed into it. All messages use one channel. Returns a function
 * to call when an attribute changes.
 *
 * @param {Around} around
 */
export function show(around) {
  const ready = prepared(around);
  if (!ready) return;
  const { element, frame: iframe, base, signal, locale, token, tell, fresh, fail, failed } = ready;
  iframe.title = "Convi integrations";
  const { port1: port, port2: theirs } = new MessageChannel();
  signal.addEventListener("abort", () => port.close());

  const look = () => {
    const style = getComputedStyle(element);
    const looks = LOOKS.map((name) => [`--convi-${name}`, style.getPropertyValue(`--convi-${name}`).trim()]);
    const theme = element.getAttribute("theme") ?? "system";
    // A frame with a different colour scheme than its document is not transparent. A named theme lets the host's
    // background show through. A page that does not follow the system keeps the frame's own background under the text.
    iframe.style.colorScheme = theme === "light" || theme === "dark" ? theme : "";
    // The first token follows unasked.
    port.postMessage({ kind: "look", theme, locale: locale(), looks: looks.filter(([, value]) => value), token: true });
  };
  /** Reports the visible part of the frame, where a dialog and a message belong. */
  const view = () => {
    const { top, height } = iframe.getBoundingClientRect();
    port.postMessage({ kind: "view", top: Math.max(0, -top), bottom: Math.min(height, innerHeight - top) });
  };

  let heard = false;
  const give = async () => port.postMessage({ kind: "token", token: await token() });
  port.onmessage = ({ data }) => {
    heard = true;
    if (data.kind === "token") {
      void give();
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
    void give();
    view();
  });
  // A browser that blocks the frame, or cannot load it, shows a page of its own instead, without an event.
  void iframe.loaded.then(() => {
    if (signal.aborted) return;
    const refused = setTimeout(async () => {
      if (heard) return;
      iframe.remove();
      if (await fresh().then(Boolean, () => false)) {
        fail("origin", unlisted());
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
