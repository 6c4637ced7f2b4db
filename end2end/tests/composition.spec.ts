// Enter that confirms a character of an input method (Japanese, Chinese, Korean) must not send anything. Chromium
// reports it during the composition, Safari just after it, with key code 229.

import type { Locator, Page } from "@playwright/test";

import { ABILITIES, conversationPath } from "./support/screen.ts";
import { Shopper } from "./support/shopper.ts";
import { expect as expectShop, test as shopTest } from "./support/storefront.ts";
import { expect, test } from "./support/test.ts";

/** Types にほんご and confirms 日本語 with Enter. `modifiers` are those of CDP: 2 is Control. */
async function compose(page: Page, field: Locator, modifiers = 0): Promise<void> {
  await field.focus();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Input.imeSetComposition", { text: "にほんご", selectionStart: 4, selectionEnd: 4 });
  const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, modifiers };
  await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter });
  await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
  await cdp.send("Input.insertText", { text: "日本語" });
  // Safari's order: the composition ends, then comes the key that ended it.
  const taken = await field.evaluate((element, ctrlKey) => {
    element.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, composed: true, data: "日本語" }));
    const key = { key: "Enter", code: "Enter", keyCode: 229, ctrlKey, bubbles: true, composed: true, cancelable: true };
    return !element.dispatchEvent(new KeyboardEvent("keydown", key));
  }, modifiers === 2);
  expect(taken, "the key is left to the browser").toBe(false);
  await expect(field).toHaveValue("日本語");
}

test("Enter during a composition does not send a reply", async ({ page, convi, merchant, api }) => {
  await Shopper.writes(convi, merchant, "Do you ship to Norway?");
  const { id } = await api.conversation();
  await page.goto(conversationPath(id));
  const field = page.getByLabel("Reply to the shopper");
  await compose(page, field, 2);
  await expect(page.getByRole("log")).not.toContainText("日本語");
  await field.press("Control+Enter");
  await expect(page.getByRole("log")).toContainText("日本語");
  await expect(field).toHaveValue("");
});

test("Enter during a composition does not try a sentence", async ({ page }) => {
  await page.goto(ABILITIES);
  const field = page.getByLabel("Try a sentence");
  const verdict = page.locator(".verdict");
  await compose(page, field);
  await expect(verdict).toHaveCount(0);
  await field.press("Enter");
  await expect(verdict).toBeVisible();
});

shopTest("a shopper's message", async ({ shopper, page }) => {
  await shopper.open();
  await compose(page, shopper.field);
  await expectShop(shopper.own()).toHaveCount(0);
  await shopper.field.press("Enter");
  await expectShop(shopper.own()).toHaveText(["日本語"]);
  await shopper.isSent();
  expectShop(await shopper.kept()).toEqual(["日本語"]);
  // Escape that cancels a composition leaves the chat open.
  await shopper.field.evaluate((element) => {
    const key = { key: "Escape", keyCode: 229, bubbles: true, composed: true };
    element.dispatchEvent(new KeyboardEvent("keydown", key));
  });
  await expectShop(shopper.panel).toBeVisible();
});
