// Checks for content that overflows to the right or is cut off.

import { expect, type Page } from "@playwright/test";

/** Fails with a line for each element that does. The test continues, so that later checks run too. */
export async function expectNoSideways(page: Page, what: string): Promise<void> {
  // Content that overflows a scrolling or clipping box does not change the page's own width.
  const { page: sideways, cut } = await page.evaluate(() => {
    const root = document.documentElement;
    const light = [...document.querySelectorAll<HTMLElement>("main *, dialog, dialog *, header *")];
    const shadow = light.flatMap((it) => [...(it.shadowRoot?.querySelectorAll<HTMLElement>("*") ?? [])]);
    const boxes = [...light, ...shadow];
    const cut = boxes
      .filter((it) => !it.closest(".hidden, svg, input") && it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 0)
      .filter((it) => {
        const { overflowX, textOverflow } = getComputedStyle(it);
        // An ellipsis shows that there is more.
        return overflowX !== "visible" && textOverflow !== "ellipsis";
      })
      .map((it) => it.outerHTML.slice(0, 100));
    return { page: root.scrollWidth - root.clientWidth, cut };
  });
  expect.soft(sideways, `${what}: pixels that stick out to the right`).toBeLessThanOrEqual(0);
  expect.soft(cut, `${what}: cut off or scrolled sideways`).toEqual([]);
}
