// Makes what the server has rendered work without a module, in a panel and on Convi's own page: dialogs open, fields keep
// what is typed, and forms are sent and answered in place. The build puts it before `show.js` and the page's `plain.js`.

/** The sentences of this script by language. The build replaces each sentence below with its index. */
const SAID = __SAID__;

/** Returns a function that translates a sentence of this script. */
function speaking(locale) {
  const said = SAID[locale.slice(0, 2).toLowerCase()] ?? SAID.en;
  return (sentence) => said[sentence];
}

/** Creates an element with a class and children. */
function made(name, className, ...children) {
  const element = document.createElement(name);
  element.className = className;
  element.append(...children);
  return element;
}

/** Turns an element into another, keeping the focus, typed text and open parts. */
function merge(now, next) {
  if (now.nodeName !== next.nodeName) {
    now.replaceWith(next.cloneNode(true));
  } else if (now.nodeType !== Node.ELEMENT_NODE) {
    if (now.data !== next.data) now.data = next.data;
  } else {
    for (const { name, value } of [...next.attributes]) {
      if (now.getAttribute(name) !== value && !own(now, name)) now.setAttribute(name, value);
    }
    for (const { name } of [...now.attributes]) {
      if (!next.hasAttribute(name) && !own(now, name)) now.removeAttribute(name);
    }
    const [old, fresh] = [[...now.childNodes], [...next.childNodes]];
    fresh.forEach((it, at) => (old[at] ? merge(old[at], it) : now.append(it.cloneNode(true))));
    old.slice(fresh.length).forEach((it) => it.remove());
  }
}

/** Whether an attribute is the reader's own state: an open dialog or list, or a pressed eye button. */
const own = ({ localName, classList }, name) =>
  name === "open" ||
  (name === "type" && localName === "input") ||
  (/^(aria-label|data-other)$/.test(name) && classList.contains("secret-eye"));

/** Shows the eye buttons, which need a script. */
const unhide = (tree) => tree.querySelectorAll(".secret-eye").forEach((eye) => (eye.hidden = false));

/** Returns the eye buttons of unmasked fields. The module starts with masked ones. */
const unmasked = (tree) => tree.querySelectorAll(".secret [type=text] + .secret-eye");

/** Returns the dialog in a tree. */
const dialogOf = (tree) => tree.querySelector(".dialogs dialog");

/** Whether the dialog that the server has rendered was closed. Its event comes a little later. */
const left = (now, next) => !!dialogOf(next) && !dialogOf(now)?.open;

/** Turns what is shown into `next`, by `change`, and opens its dialog. */
function draw(now, next, change = merge) {
  // The browser restores the focus.
  if (!dialogOf(next)) dialogOf(now)?.close();
  change(now, next);
  modal(now);
}

/** Makes the dialog that the server has rendered a modal one. */
function modal(view) {
  const dialog = dialogOf(view);
  if (!dialog || dialog.matches(":modal")) return;
  const focused = dialog.querySelector(":focus") ?? dialog.querySelector("[data-first]");
  dialog.removeAttribute("open");
  dialog.showModal();
  focused?.focus();
}

/**
 * Handles presses in `box` until the module is `live()`.
 *
 * `trees()` returns what is shown and what the server has rendered of it. `ours(form)` says whether a form is answered
 * here. `ask(form, fields)` sends it and promises its answer, with `html` or with a `message` why there is none.
 * `take(answer, gone)` shows that HTML. If the form's dialog was closed in the meantime, it shows no dialog of the answer, and
 * leaves one that was opened since as it is. `opened(name, form)` opens the dialog of a form's button; the name "" means
 * that the dialog was closed. `settled` is called when a form has been answered. Returns a function that says whether one
 * is in flight.
 */
function acts({ box, signal, live, trees, ours = (_form) => true, ask, take, opened, settled = () => {} }) {
  let busy = false;
  let beganBeside;
  /** How often a dialog was closed. The next one may be the same element. */
  let closings = 0;
  const on = (name, heard, capture) => box.addEventListener(name, (event) => live() || heard(event), { capture, signal });
  on("submit", submit);
  on("click", click);
  on("pointerdown", ({ target }) => (beganBeside = target));
  // The event does not bubble.
  on("close", () => ((closings += 1), opened("")), true);
  return () => busy;

  async function submit(event) {
    const { target: form, submitter } = event;
    // Not its properties, which fields with such names hide.
    const method = form.getAttribute("method");
    // The browser closes the dialog.
    if (method === "dialog" || submitter?.formMethod === "dialog" || !ours(form)) return;
    event.preventDefault();
    const fields = new URLSearchParams(/** @type {any} */ (new FormData(form, submitter)));
    if (method === "get") return opened(String(fields), form);
    if (busy) return;
    busy = true;
    submitter?.setAttribute("aria-busy", "true");
    form.querySelector(".told")?.replaceChildren();
    const inDialog = form.closest("dialog");
    const before = closings;
    const answer = await ask(form, fields);
    busy = false;
    if (signal.aborted) return;
    // The event of a dialog that was closed just now is still to come.
    const gone = inDialog && !(inDialog.open && before === closings);
    try {
      if (answer.html) {
        take(answer, gone);
        if (!gone && form.isConnected) corrected(form, fields);
      } else {
        submitter?.removeAttribute("aria-busy");
        const note = made("div", "note note-bad", made("p", "", answer.message));
        ((!gone && form.querySelector(".told")) || trees()[0].querySelector(".toasts")).replaceChildren(note);
      }
    } finally {
      // Whatever happened, the module must not keep waiting.
      settled();
    }
  }

  /**
   * Shows the typed values as the server understood them, unless they have changed since, and the errors. If the pressed
   * button is gone, the focus moves to where the dialog begins.
   */
  function corrected(form, fields) {
    for (const input of form.querySelectorAll("input[value]")) {
      if (input.value === fields.get(input.name)) input.value = input.getAttribute("value");
    }
    form.querySelector(`[aria-invalid]${form.matches(":focus-within") ? "" : ",[data-first]"}`)?.focus();
    form.querySelector(".told")?.scrollIntoView({ block: "nearest" });
  }

  function click({ target }) {
    const eye = target.closest(".secret-eye");
    const toast = target.closest(".toast button")?.parentElement;
    if (eye) {
      const input = eye.parentElement.querySelector("input");
      input.type = input.type === "text" ? "password" : "text";
      const name = eye.getAttribute("aria-label");
      eye.setAttribute("aria-label", eye.dataset.other);
      eye.dataset.other = name;
    } else if (toast) {
      for (const tree of trees()) tree.querySelector(`#${toast.id}`).hidden = true;
    } else if (target.localName === "dialog" && beganBeside === target) {
      target.close();
    }
  }
}
