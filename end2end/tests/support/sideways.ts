// Does anything stick out to the right, or is it cut off there?

import { expect, type Page } from "@playwright/test";

/** Fails with a line for each element that does. The test goes on, for the others. */
export async function expectNoSideways(page: Page, what: string): Promise<void> {
  // What sticks out of a box that scrolls or cuts is not seen by the page's own width.
  const { page: sideways, cut } = await page.evaluate(() => {
    const root = document.documentElement;
    const light = [...document.querySelectorAll<HTMLElement>("main *, dialog, dialog *, header *")];
    const shadow = light.flatMap((it) => [...(it.shadowRoot?.querySelectorAll<HTMLElement>("*") ?? [])]);
    const boxes = [...light, ...shadow];
    const cut = boxes
      .filter((it) => !it.closest(".hidden, svg, input") && it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 0)
      .filter((it) => {
        const { overflowX, textOverflow } = getComputedStyle(it);
        // An ellipsis says that there is more.
        return overflowX !== "visible" && textOverflow !== "ellipsis";
      })
      .map((it) => it.outerHTML.slice(0, 100));
    return { page: root.scrollWidth - root.clientWidth, cut };
  });
  expect.soft(sideways, `${what}: pixels that stick out to the right`).toBeLessThanOrEqual(0);
  expect.soft(cut, `${what}: cut off or scrolled sideways`).toEqual([]);
}
