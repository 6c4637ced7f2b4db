// Placed before the glue code between a module and the browser: `xtask/src/glue.rs` inserts it with its calls.

/** For pages that require trusted types. The script that starts the module passes in the policy. */
let trusted = (html) => html;
export const trust = (policy) => (trusted = policy);

/** A browser's translator replaces each text with a `<font>`. Maps a text to its replacement. */
const instead = new WeakMap();
const note = (records) =>
  records.forEach(({ addedNodes, previousSibling, nextSibling, removedNodes: [text] }) => {
    const font = [...addedNodes, previousSibling, nextSibling].find((it) => it?.localName === "font");
    if (font && text?.data) instead.set(text, font);
  });
const observer = new MutationObserver(note);
const watch = (root) => observer.observe(root, { childList: true, subtree: true });

/** The module changes its own text, so that is restored first. The translator then translates it again. */
const back = (node) => {
  note(observer.takeRecords());
  instead.get(node)?.replaceWith(node);
  return node;
};
