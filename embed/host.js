// Code that both modes of <convi-integrations> share. The build puts it before `host-frame.js` and `inline.js`.

/**
 * Prepares what a mode needs. Returns nothing, after reporting why, if the screen cannot be shown on this page.
 *
 * @param {Around} around
 * @returns {Around | undefined}
 */
function prepared(around) {
  if (origin === "null") {
    // Such a page has no origin that could be listed.
    around.fail("origin", "This page is sandboxed. Add allow-same-origin to its sandbox.");
    return undefined;
  }
  around = { ...around, ...watched(around) };
  // The first token was requested while this script loaded. Concurrent calls share it.
  const { token } = around;
  let asking = token(around.first);
  around.token = () => {
    const now = (asking ??= token());
    now.then(() => (asking = undefined));
    return now;
  };
  return around;
}

/** Says that an origin is not listed. A frame needs its page and every page around it to be listed. */
const unlisted = () =>
  `${[origin, ...(location.ancestorOrigins ?? [])].join(" in ")} may not embed Convi. Add the origin to CONVI_EMBED_ORIGINS.`;

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
        fail("token", "getToken returned an expired token. It must return a fresh one on every call.");
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
