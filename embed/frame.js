// Convi's side of the frame. It is inlined into the frame's document, because a separate file would cost a round trip. It
// announces itself to its parent, accepts one port if that parent may frame us, and says everything else over that port.

const root = document.documentElement;
const allowed = new RegExp(document.querySelector("meta[name=convi-origins]").getAttribute("content"));

addEventListener("message", function begin({ source, origin, data, ports: [port] }) {
  if (source !== parent || parent === self || !allowed.test(origin) || data?.convi !== 1 || !port) return;
  removeEventListener("message", begin);
  talk(port);
});

// Loaded while the panel is requested. A stylesheet in the document would delay this script.
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = "__PKG__/__CSS__";
// The panel also works without its style.
const dressed = new Promise((done) => (style.onload = style.onerror = done));
document.head.append(style);

// Contains nothing else, because the parent is not verified yet.
parent.postMessage({ convi: 1 }, "*");

async function talk(port) {
  // Immediately: in a hidden tab, the rest would wait until the tab is visible.
  port.postMessage({ kind: "here" });
  let asking;
  let answer;
  let begin;
  const language = new Promise((told) => (begin = told));
  port.onmessage = ({ data }) => {
    if (data.kind === "token") {
      answer?.(data.token);
    } else if (data.kind === "look") {
      // Another version of the page's script waits until it is asked.
      if (data.token && !answer) asking = new Promise((told) => (answer = told));
      look(data);
      begin(data.locale);
    } else if (data.kind === "view") {
      root.style.setProperty("--view-top", `${data.top}px`);
      root.style.setProperty("--view-bottom", `${data.bottom}px`);
    }
  };
  /** Concurrent calls share one token request. */
  const token = () => {
    const now = (asking ??= new Promise((told) => {
      answer = told;
      port.postMessage({ kind: "token" });
    }));
    void now.then(() => (asking = undefined));
    return now;
  };
  new ResizeObserver(() => {
    const height = document.body.offsetHeight;
    // Empty until the panel arrives: the frame must not shrink to nothing meanwhile.
    if (height) port.postMessage({ kind: "height", height });
  }).observe(document.body);
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
