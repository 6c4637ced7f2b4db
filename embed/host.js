// What <convi-integrations> does once it is on a page: a frame of Convi's own, or the panel in the element's shadow.

/** What a page may say about the looks; a frame does not see its host's properties, so they are sent. */
const LOOKS = ["accent", "accent-strong", "on-accent", "ground", "surface", "ink", "ink-soft", "edge", "font"];

/** Shows it. Returns what to call when an attribute has changed. */
export function show(around) {
  // Nobody can list such a page.
  if (origin === "null") return around.fail("origin", "This page is sandboxed: Convi needs allow-same-origin.");
  around = { ...around, ...watched(around) };
  // Asked for while the rest is on its way: the first call needs it. Calls of the same moment share it.
  const { token } = around;
  let asking = token();
  around.token = () => {
    const now = (asking ??= token());
    now.then(() => (asking = undefined));
    return now;
  };
  return around.element.getAttribute("mode") === "inline" ? inline(around) : frame(around);
}

/** A frame: no script of the host can read what is typed into it. Everything is said over one channel. */
function frame({ element, root, base, signal, token, tell, fresh, fail, failed, policy }) {
  const iframe = document.createElement("iframe");
  iframe.title = "Convi integrations";
  iframe.sandbox.add("allow-scripts", "allow-forms", "allow-same-origin", "allow-popups");
  Object.assign(iframe.style, { display: "block", width: "100%", height: "38rem", border: "0" });
  const { port1: port, port2: theirs } = new MessageChannel();
  signal.addEventListener("abort", () => port.close());

  const look = () => {
    const style = getComputedStyle(element);
    const looks = LOOKS.map((name) => [`--convi-${name}`, style.getPropertyValue(`--convi-${name}`).trim()]);
    const { theme, locale } = attributes(element);
    // A frame in another scheme than its document is no longer transparent: what a theme is named for shows through, and
    // a page that does not follow the system keeps the frame's own ground under its words.
    iframe.style.colorScheme = theme === "light" || theme === "dark" ? theme : "";
    port.postMessage({ kind: "look", theme, locale, looks: looks.filter(([, value]) => value) });
  };
  /** Which part of the frame is seen: a dialog and a message belong there. */
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
    } else if (data.kind === "failed") {
      iframe.remove();
      why(failed, fail, policy);
    }
  };
  iframe.addEventListener(
    "load",
    () => {
      iframe.contentWindow.postMessage({ convi: 1 }, base.origin, [theirs]);
      look();
      view();
      // A browser that refuses a frame, or gets none, loads a page of its own in its place and tells nobody.
      const refused = setTimeout(async () => {
        if (heard) return;
        iframe.remove();
        if (await fresh().then(Boolean, () => false)) {
          fail("origin", kept("let", " show it"));
        } else {
          failed();
        }
      }, 2000);
      signal.addEventListener("abort", () => clearTimeout(refused));
    },
    { once: true, signal },
  );
  for (const event of ["scroll", "resize"]) {
    addEventListener(event, view, { capture: true, passive: true, signal });
  }
  iframe.src = new URL("embed/v1/frame", base).href;
  root.append(iframe);
  return look;
}

/** Whether the panel's module has been asked for. */
let asked;

/** The panel itself, in the shadow: the host's scripts could read it, so the host must be trusted. */
function inline({ element, root, base, signal, token, tell, fresh, fail, failed, policy }) {
  const box = document.createElement("div");
  box.className = "convi-inline";
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
  begin().catch(broken);
  // A module that breaks down later leaves a screen that looks alive.
  addEventListener("error", ({ error }) => error instanceof WebAssembly.RuntimeError && error.stack.includes(base.origin) && broken(), { signal });
  return () => {};

  function broken() {
    box.hidden = true;
    why(failed, fail, policy);
  }

  function ours(event) {
    if (event.key !== "Escape") return;
    const open = !!box.querySelector("dialog:modal");
    if (open || held) event.stopImmediatePropagation();
    held = open && event.type === "keydown";
  }

  async function begin() {
    // All three at once: each names the next, and one after the other would be a way there and back for each.
    const wasm = asked ? undefined : fetch(new URL("./__WASM__", import.meta.url));
    asked = true;
    Promise.allSettled([wasm, import("./__GLUE_JS__")]);
    const { start, css } = await import("./__PANEL_JS__");
    const { locale } = attributes(element);
    box.lang = locale;
    const { mount, catalogue } = await start(locale, wasm);
    if (signal.aborted) return;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [root.adoptedStyleSheets[0], sheet];
    const heard = (name, detail) => {
      if (name === "error" && detail.kind === "offline") unlisted();
      tell(name, detail);
    };
    const mounted = mount(box, base.origin, token, heard, locale, catalogue);
    signal.addEventListener("abort", () => mounted.unmount());
  }

  /** Its scripts come and its answers do not: the browser keeps them from an origin that is not listed. */
  async function unlisted() {
    const answered = (promise) => promise.then(Boolean, () => false);
    // Scripts may be read from anywhere, answers by those who are listed. The answer is asked for last: a network that
    // has come back meanwhile brings it too.
    if ((await answered(fresh())) && !(await answered(fetch(new URL("health/live", base)))) && !signal.aborted) {
      box.hidden = true;
      fail("origin", kept("answer"));
    }
  }
}

/** What Convi keeps from this page, and from those around it: a frame must be let by all of them. */
const kept = (what, rest = "") =>
  `Convi does not ${what} ${[origin, ...(location.ancestorOrigins ?? [])].join(" in ")}${rest}: add the origin to CONVI_EMBED_ORIGINS.`;

/** Says why the module did not start. */
function why(failed, fail, policy) {
  if (typeof WebAssembly === "undefined") {
    fail("failed", "This browser has WebAssembly switched off, which Convi needs.");
  } else if (!compiles()) {
    fail("policy", policy("script-src", "wasm-eval"));
  } else {
    failed();
  }
}

/** Whether any module may be compiled here: this one is empty. */
function compiles() {
  try {
    return !!new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  } catch {
    return false;
  }
}

/** Watches for a token that Convi refuses because it has ended: that is for who wrote the page, not for who reads it. */
function watched({ token, tell, fail }) {
  let ends;
  return {
    async token() {
      const fresh = await token();
      ends = endOf(fresh);
      return fresh;
    },
    tell(name, detail) {
      if (name === "error" && detail.kind === "signed_out" && ends < Date.now()) {
        fail("token", "getToken returned a token that has ended: it must return a fresh one whenever it is called.");
      }
      tell(name, detail);
    },
  };
}

/** When a token ends, in milliseconds, as far as it says so. */
function endOf(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).exp * 1000;
  } catch {
    return NaN;
  }
}

/** A language that Convi speaks, perhaps with a region. */
const LOCALE = /^(en|de|fr)(-[a-z]{2})?$/i;

const attributes = (element) => ({
  theme: element.getAttribute("theme") ?? "system",
  locale: [element.getAttribute("locale"), navigator.language].find((it) => LOCALE.test(it)) ?? "en",
});
