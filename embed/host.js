// What both modes of <convi-integrations> share. Placed before `host-frame.js` and `inline.js`.

/**
 * What is around it, if it can be shown there.
 *
 * @param {Around} around
 * @returns {Around | undefined}
 */
function prepared(around) {
  if (origin === "null") {
    // Nobody can list such a page.
    around.fail("origin", "This page is sandboxed: Convi needs allow-same-origin.");
    return undefined;
  }
  around = { ...around, ...watched(around) };
  // Asked for while this was on its way: the first call needs it. Calls of the same moment share it.
  const { token } = around;
  let asking = token(around.first);
  around.token = () => {
    const now = (asking ??= token());
    now.then(() => (asking = undefined));
    return now;
  };
  return around;
}

/** What the page, or a page around it, forbids. A frame must be allowed by all of them. */
const keeps = (what, rest = "") =>
  `Convi does not ${what} ${[origin, ...(location.ancestorOrigins ?? [])].join(" in ")}${rest}: add the origin to CONVI_EMBED_ORIGINS.`;

/** Watches for a token that Convi rejects as expired. That is reported to the page's developer, not to the reader. */
function watched({ token, tell, fail }) {
  let ends;
  return {
    async token(asked = token()) {
      const fresh = await asked;
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

/** Returns when a token expires, in milliseconds, if it says so. */
function endOf(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).exp * 1000;
  } catch {
    return NaN;
  }
}

/** A language that Convi supports, optionally with a region. */
const LOCALE = /^(en|de|fr)(-[a-z]{2})?$/i;

const attributes = (element) => ({
  theme: element.getAttribute("theme") ?? "system",
  locale: [element.getAttribute("locale"), navigator.language].find((it) => LOCALE.test(it)) ?? "en",
});
