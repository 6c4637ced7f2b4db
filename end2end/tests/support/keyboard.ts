// A person without a mouse.

import { expect, type Locator, type Page } from "@playwright/test";

const MOST_STEPS = 40;

/** Presses Tab until the target has the focus, which must be visible at each step. Fails if it is never reached. */
export async function tabTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < MOST_STEPS; step += 1) {
    await page.keyboard.press(key);
    if (await target.evaluate((element) => element === document.activeElement)) {
      await expectFocusSeen(page);
      return;
    }
    passed.push(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 80) ?? ""));
  }
  throw new Error(`the focus did not come to ${target} in ${MOST_STEPS} steps:\n${passed.join("\n")}`);
}

/** WCAG 2.4.7: the focused element must show it. */
export async function expectFocusSeen(page: Page): Promise<void> {
  const mark = await page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) {
      return "nothing has the focus";
    }
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 ? "seen" : element.outerHTML.slice(0, 120);
  });
  expect(mark, "the mark of the focus").toBe("seen");
}
