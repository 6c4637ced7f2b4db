// The page before its module has loaded, or without it: a form of this page is sent and answered in place (`acts.js`), as
// a browser would do with a new page, but without losing what is typed. The build puts it before `start.js`.

/** Returns the digest of what was sent, in the document's head. */
const sentIn = (page) => page.querySelector("meta[name=convi-sent]");

/** Whether a node of the body is a script with the module's data. */
const isData = (node) => node.localName === "script" && node.text.startsWith("__");

/** Returns the module's data in a page: the scripts that the server has sent with it. */
const dataOf = (body, nonce) =>
  [...body.childNodes].filter((it) => isData(it) && (it.nonce || it.getAttribute("nonce")) === nonce).map(({ text }) => text);

/**
 * Makes the forms of the page work, if it has dialogs. `nonce` is that of its scripts. Returns a function that waits until
 * nothing is in flight, hands over to the module, and returns the eye buttons to press again.
 */
function plain(nonce) {
  const { body } = document;
  const sent = sentIn(document);
  if (!body.querySelector(".dialogs") || !sent?.content) return async () => [];
  const t = speaking(document.documentElement.lang);
  /** How many nodes of the body are the page's own. What extensions add comes after them. */
  const count = parseInt(sent.content, 10);
  /** The page as the server rendered it last, and as it did without a dialog, to show when the dialog is closed. */
  let kept = { body: body.cloneNode(true), sent: sent.content, data: dataOf(body, nonce), url: location.href };
  let calm = kept;
  let touched = false;
  let over = false;
  /** How many dialogs were asked for and are still to come. */
  let coming = 0;
  /** One request follows another, so that no answer is overtaken. */
  let turn = Promise.resolve();
  const signal = new AbortController().signal;
  const busy = acts({
    box: body,
    signal,
    live: () => over,
    trees: () => [body, kept.body],
    ours: (form) => new URL(form.getAttribute("action") ?? "", location.href).pathname === location.pathname,
    ask: (form, fields) => ask(form.getAttribute("action"), fields),
    take,
    opened,
  });
  unhide(body);
  unhide(kept.body);
  // The server can only open a dialog that is not modal.
  modal(body);

  function ask(address, fields) {
    const answer = turn.then(() => asked(address, fields));
    turn = answer;
    return answer;
  }

  async function asked(address, fields) {
    try {
      const answer = await fetch(address, { method: fields ? "POST" : "GET", body: fields, headers: { accept: "text/html" } });
      if (new URL(answer.url).pathname !== location.pathname) {
        // The session has ended.
        location.assign(answer.url);
        return await new Promise(() => {});
      }
      if (answer.headers.get("content-type")?.startsWith("text/html")) {
        const policy = answer.headers.get("content-security-policy") ?? "";
        return { html: await answer.text(), url: answer.url, nonce: policy.match(/'nonce-([^']+)'/)?.[1] };
      }
      return { message: (await answer.json()).detail };
    } catch {
      return { message: t("Convi cannot be reached right now. Check your network.") };
    }
  }

  /** Shows the server's answer. If its dialog is `gone`, it stays so; another one that was asked for comes next. */
  function take({ html, url, nonce }, gone) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const now = { body: page.body, sent: sentIn(page)?.content ?? "", data: dataOf(page.body, nonce), url };
    unhide(now.body);
    if (gone && dialogOf(now.body)) return opened("");
    show(now);
  }

  function show(now) {
    touched = true;
    kept = now;
    if (!dialogOf(kept.body)) calm = kept;
    draw(body, kept.body, mergeNodes);
  }

  function mergeNodes(_body, next) {
    const nodes = [...body.childNodes];
    [...next.childNodes].slice(0, count).forEach((it, at) => merge(nodes[at], it));
  }

  /** Opens the dialog of a button's form. */
  async function opened(name, form) {
    if (!form) {
      // While a form or a dialog is in flight, its answer decides.
      if (busy() || coming || !left(body, kept.body)) return;
      if (!dialogOf(calm.body)) return show(calm);
    }
    const button = form?.querySelector("[type=submit]");
    button?.setAttribute("aria-busy", "true");
    coming += form ? 1 : 0;
    const answer = await ask(form ? `${form.getAttribute("action")}?${name}` : location.pathname);
    coming -= form ? 1 : 0;
    button?.removeAttribute("aria-busy");
    if (answer.html) {
      take(answer);
    } else if (form) {
      body.querySelector(".toasts").replaceChildren(made("div", "note note-bad", made("p", "", answer.message)));
    }
  }

  return async () => {
    // An answer is shown as soon as it has arrived.
    for (let last; last !== turn; await 0) await (last = turn);
    over = true;
    if (left(body, kept.body)) {
      // If the page without the dialog is not known, the module requests it.
      kept = dialogOf(calm.body) ? { body, sent: "", data: [], url: location.pathname } : calm;
      touched = true;
    }
    const eyes = unmasked(body);
    if (touched || eyes.length) mergeNodes(body, kept.body);
    if (touched) put(kept);
    return eyes;
  };

  /** Puts the address, the digest and the data of what is shown where the module reads them. */
  function put({ sent: digest, data, url }) {
    history.replaceState(history.state, "", url);
    sent.content = digest;
    [...body.childNodes].filter(isData).forEach((it) => it.remove());
    for (const text of data) {
      const script = made("script", "");
      script.nonce = nonce;
      script.text = text;
      body.append(script);
    }
  }
}
