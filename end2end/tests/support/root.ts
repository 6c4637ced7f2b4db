// Checks of a panel's document or shadow root from inside, where the page's own queries do not reach.

import { expect, type Locator } from "@playwright/test";

/** Fails with a line for each element that overflows to the right or is cut off. The test continues. */
export async function expectFits(panel: Locator, what: string): Promise<void> {
  const out = await panel.evaluate((panel) => {
    const root = panel.getRootNode() as Document | ShadowRoot;
    const width = document.documentElement.clientWidth;
    return [...root.querySelectorAll<HTMLElement>("*")]
      .filter((it) => it.getClientRects().length > 0 && !it.closest(".hidden, svg, head"))
      .filter((it) => {
        const { overflowX, textOverflow } = getComputedStyle(it);
        const { right } = it.getBoundingClientRect();
        const cut = it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 0 && it.tagName !== "INPUT";
        return right > width + 1 || (cut && overflowX !== "visible" && textOverflow !== "ellipsis");
      })
      .map((it) => it.outerHTML.slice(0, 100));
  });
  expect.soft(out, `${what}: sticks out or is cut off`).toEqual([]);
  const sideways = await panel.page().evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect.soft(sideways, `${what}: the page scrolls sideways`).toBe(false);
}

/** Returns controls smaller than 24 px, except links within a sentence (WCAG 2.5.8). */
export function small(panel: Locator): Promise<string[]> {
  return panel.evaluate((panel) => {
    const root = panel.getRootNode() as Document | ShadowRoot;
    return [...root.querySelectorAll<HTMLElement>("button, input:not([type=hidden]), summary, a:not(p a, p > * a)")]
      .map((it) => ({ it, box: it.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 23.9))
      .map(({ it, box }) => `${Math.round(box.width)} × ${Math.round(box.height)}: ${it.outerHTML.slice(0, 100)}`);
  });
}

/** Returns animations that last longer than a frame. */
export function moving(panel: Locator): Promise<string[]> {
  return panel.evaluate((panel) =>
    (panel.getRootNode() as Document | ShadowRoot)
      .getAnimations()
      .map((it) => it.effect?.getComputedTiming())
      .filter((timing) => Number(timing?.duration) > 20)
      .map((timing) => `${String(timing?.duration)} ms`),
  );
}

/** Returns controls without an edge, which would be invisible with forced colours. */
export function bare(panel: Locator): Promise<string[]> {
  return panel.evaluate((panel) =>
    [...(panel.getRootNode() as Document | ShadowRoot).querySelectorAll<HTMLElement>(".input, .button:not(.button-quiet), .badge, .note")]
      .filter((it) => it.getClientRects().length > 0)
      .filter((it) => {
        const { borderTopStyle, borderTopWidth } = getComputedStyle(it);
        return borderTopStyle === "none" || parseFloat(borderTopWidth) === 0;
      })
      .map((it) => it.outerHTML.slice(0, 100)),
  );
}
