/** Creates an element. Strings become text. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
}

/** Sets the text only if it differs, because a live region announces every change. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/**
 * Returns whether a key belongs to an input method's composition. Safari reports the confirming key after the
 * composition, so only the key code tells.
 */
export const composes = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229;

/** Runs it when the shop's page is idle. */
export function whenIdle(work: () => void): void {
  if ("requestIdleCallback" in window) {
    requestIdleCallback(work, { timeout: 3000 });
  } else {
    // Safari lacks `requestIdleCallback`.
    setTimeout(work, 200);
  }
}
