// Convi's side of the frame. Whoever is allowed to frame us sends one port, and only over it anything is said.

import init, { mount } from "./__GLUE_JS__";

const root = document.documentElement;
const allowed = new RegExp(document.querySelector("meta[name=convi-origins]").content);
const loaded = init({ module_or_path: new URL("./__WASM__", import.meta.url) });
// Told as soon as somebody listens.
loaded.catch(() => {});

addEventListener("message", function begin({ source, origin, data, ports: [port] }) {
  if (source !== parent || parent === self || !allowed.test(origin) || data?.convi !== 1 || !port) return;
  removeEventListener("message", begin);
  talk(port);
});

/** Kept: the panel goes when nobody holds it any more. */
let shown;

async function talk(port) {
  // At once: what follows waits for the module, and in a tab that nobody sees also for the eye.
  port.postMessage({ kind: "here" });
  let asking;
  let answer;
  let begin;
  const language = new Promise((told) => (begin = told));
  port.onmessage = ({ data }) => {
    if (data.kind === "token") {
      answer?.(data.token);
    } else if (data.kind === "look") {
      look(data);
      begin(data.locale);
    } else if (data.kind === "view") {
      root.style.setProperty("--view-top", `${data.top}px`);
      root.style.setProperty("--view-bottom", `${data.bottom}px`);
    }
  };
  /** Calls that need one at the same moment share it. */
  const token = () =>
    (asking ??= new Promise((told) => {
      answer = told;
      port.postMessage({ kind: "token" });
    }).finally(() => (asking = undefined)));
  new ResizeObserver(() => port.postMessage({ kind: "height", height: document.body.offsetHeight })).observe(document.body);
  // The page around has the words for it, and takes this frame away.
  const failed = () => port.postMessage({ kind: "failed" });
  addEventListener("error", ({ error }) => error instanceof WebAssembly.RuntimeError && failed());
  try {
    const locale = (root.lang = await language);
    const [catalogue] = await Promise.all([words(locale), loaded]);
    const tell = (name, detail) => port.postMessage({ kind: "event", name, detail });
    shown = mount(document.body, location.origin, token, tell, locale, catalogue);
  } catch {
    failed();
  }
}

function look({ theme, looks }) {
  if (theme === "light" || theme === "dark") {
    root.dataset.theme = theme;
  } else {
    delete root.dataset.theme;
  }
  for (const [name, value] of looks) {
    root.style.setProperty(name, value);
  }
}
