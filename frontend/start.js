// Starts the page's module: on the document that the server sent, or from scratch if something on the way or in the
// browser has changed it. Until then, the page works by its forms (`plain.js`).

/** When the page was last reloaded because its module crashed. */
const AGAIN = "convi-loaded-again";
/** The attributes in the digest, as in `server/src/http/sent.rs`. */
const READ = ["action", "href", "value"];

/** FNV-1a over UTF-16 code units. */
function digest() {
  let hash = 0x811c9dc5;
  const add = (text) => {
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  };
  return { add, hash: () => String(hash >>> 0) };
}

function read(node, add) {
  if (node instanceof Text) {
    add(`"${node.data}`);
  } else if (node instanceof Comment) {
    add("!");
  } else {
    add(`<${node.localName.toLowerCase()}`);
    for (const name of READ) {
      if (node.hasAttribute(name)) add(` ${name}=${node.getAttribute(name)}`);
    }
    for (const child of node.childNodes) read(child, add);
    add(">");
  }
}

/**
 * Returns whether the body and the data after it are still what was sent. Content added after both does not matter.
 */
function compared() {
  const [nodes, view, data] = document.querySelector("meta[name=convi-sent]")?.content.split(" ") ?? [];
  const [seen, known] = [digest(), digest()];
  const all = [...document.body.childNodes];
  for (const node of all.slice(0, nodes)) read(node, seen.add);
  for (const { localName, text } of all.slice(nodes)) {
    if (localName === "script" && text.startsWith("__")) known.add(text);
  }
  // They have run, too.
  const ran = "__INCOMPLETE_CHUNKS" in globalThis;
  return { stands: seen.hash() === view, known: ran && known.hash() === data };
}

const report = (why) => fetch(`/hydration-failed/${why}`, { method: "POST", keepalive: true }).catch(() => {});

/** Returns how long ago that was, in milliseconds; NaN if storage is blocked. */
function since() {
  try {
    return Date.now() - Number(sessionStorage.getItem(AGAIN));
  } catch {
    return NaN;
  }
}

/** How long to wait, in milliseconds, before requesting a module again that did not load. */
const LATER = [5_000, 30_000];

/** Loads the module. If it does not load, everything works without it, so that is not an error. */
async function loaded(tried = 0) {
  try {
    // A browser may remember that a script did not load.
    const glue = await import(`./__JS__${tried ? `?${tried}` : ""}`);
    await glue.default({ module_or_path: new URL("./__WASM__", import.meta.url) });
    return glue;
  } catch (error) {
    // Not allowed, or permanently broken. Anything else may be the network's fault.
    if (error instanceof WebAssembly.CompileError || tried === LATER.length) return new Promise(() => {});
    await new Promise((done) => setTimeout(done, LATER[tried]));
    return loaded(tried + 1);
  }
}

/** A crashed module leaves listeners and timers, which only a new page removes. Not repeatedly. */
function again() {
  if (!navigator.onLine || !(since() > 60_000)) return;
  sessionStorage.setItem(AGAIN, String(Date.now()));
  void report("panicked");
  // Never resubmits the form that the page may have come from. An address with a fragment would not reload.
  const { pathname, search } = location;
  location.replace(pathname + search);
}

// A panic becomes an unreachable instruction.
addEventListener("error", ({ error }) => error instanceof WebAssembly.RuntimeError && again());

const handOver = plain(document.querySelector("script[nonce]")?.nonce);
const { lang } = document.documentElement;
const locale = navigator.languages.find((it) => it.split("-")[0] === lang) ?? lang;
const catalogue = words(lang);
const glue = await loaded();
const translations = await catalogue;
const eyes = await handOver();
const brokeDown = since() < 10_000;
const { stands, known } = brokeDown ? {} : compared();
const hydrates = stands && known;
const sent = [...document.body.childNodes];
try {
  if (!hydrates) document.body.replaceChildren();
  glue.begin(locale, translations, !!hydrates, !!known);
  // The module starts with masked fields.
  for (const eye of eyes) eye.click();
} catch (error) {
  // The page's forms work without the module.
  document.body.replaceChildren(...sent);
  reportError(error);
  again();
}
if (!hydrates && !brokeDown) void report("changed");
