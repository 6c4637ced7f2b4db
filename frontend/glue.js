// In front of the glue between a module and the browser: `xtask/src/glue.rs` puts it there and calls in.

/** For pages that ask for trusted types: who starts the module has the policy. */
let trusted = (html) => html;
export const trust = (policy) => (trusted = policy);

/** A browser's translator puts a `<font>` in the place of each text: by the text, what stands there instead. */
const instead = new WeakMap();
const note = (records) =>
  records.forEach(({ addedNodes, previousSibling, nextSibling, removedNodes: [text] }) => {
    const font = [...addedNodes, previousSibling, nextSibling].find((it) => it?.localName === "font");
    if (font && text?.data) instead.set(text, font);
  });
const observer = new MutationObserver(note);
const watch = (root) => observer.observe(root, { childList: true, subtree: true });

/** The module goes on with its own text, so that is put back first. The translator then takes it anew. */
const back = (node) => {
  note(observer.takeRecords());
  instead.get(node)?.replaceWith(node);
  return node;
};
