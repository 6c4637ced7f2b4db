// Convi's side of the frame, in the frame's own document: each file more would be a way there and back more. Whoever is
// allowed to frame us is told that we listen, sends one port, and only over it anything is said.

const root = document.documentElement;
const allowed = new RegExp(document.querySelector("meta[name=convi-origins]").getAttribute("content"));

addEventListener("message", function begin({ source, origin, data, ports: [port] }) {
  if (source !== parent || parent === self || !allowed.test(origin) || data?.convi !== 1 || !port) return;
  removeEventListener("message", begin);
  talk(port);
});

// The style comes while the panel is asked for. In the document it would keep this script waiting.
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = "__PKG__/__CSS__";
// Without it everything works all the same.
const dressed = new Promise((done) => (style.onload = style.onerror = done));
document.head.append(style);

// Says nothing but that: nobody knows yet who is around.
parent.postMessage({ convi: 1 }, "*");

async function talk(port) {
  // At once: in a hidden tab, what follows would wait until it is visible.
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
  /** Concurrent calls share one token request. */
  const token = () =>
    (asking ??= new Promise((told) => {
      answer = told;
      port.postMessage({ kind: "token" });
    }).finally(() => (asking = undefined)));
  new ResizeObserver(() => port.postMessage({ kind: "height", height: document.body.offsetHeight })).observe(document.body);
  const locale = (root.lang = await language);
  const tell = (name, detail) => port.postMessage({ kind: "event", name, detail });
  panel({ box: document.body, base: location.origin, locale, token, tell, dressed, signal: new AbortController().signal });
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
