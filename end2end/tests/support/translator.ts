// Imitates a browser's translator: each text is replaced by a `<font>` with its translation, and later changes are
// translated too.

import type { Frame } from "@playwright/test";

/** How a translator puts its element in place of a text. */
export const WAYS = ["replaces", "inserts", "moves"] as const;

/** From now on, translates the frame's document and its open shadow roots into capital letters. */
export function translate(frame: Frame, way: (typeof WAYS)[number]): Promise<void> {
  return frame.evaluate((way) => {
    const wrap = (text: Text): void => {
      const parent = text.parentElement;
      if (!parent || !text.data.trim() || parent.closest("font, script, style, textarea, code")) return;
      const [outer, inner] = [document.createElement("font"), document.createElement("font")];
      outer.append(inner);
      if (way === "moves") {
        text.before(outer);
        inner.append(text);
        return;
      }
      inner.textContent = text.data.toUpperCase();
      if (way === "replaces") {
        text.replaceWith(outer);
      } else {
        parent.insertBefore(outer, text);
        parent.removeChild(text);
      }
    };
    const seen = new WeakSet<Node>();
    const take = (root: Node): void => {
      const texts: Text[] = [];
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
      for (let node: Node | null = root; node; node = walker.nextNode()) {
        if (node instanceof Text) texts.push(node);
        if (node instanceof Element && node.shadowRoot) watch(node.shadowRoot);
      }
      texts.forEach(wrap);
    };
    const watch = (root: Node): void => {
      if (seen.has(root)) return;
      seen.add(root);
      new MutationObserver((records) => {
        for (const { target, addedNodes } of records) {
          if (target instanceof Text && target.isConnected) wrap(target);
          addedNodes.forEach((node) => node.isConnected && take(node));
        }
      }).observe(root, { childList: true, subtree: true, characterData: true });
      take(root);
    };
    watch(document.body);
  }, way);
}
