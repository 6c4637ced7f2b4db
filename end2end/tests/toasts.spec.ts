// Messages at the edge of a phone's screen: they stack, errors stay, and none of them covers a button.

import type { Locator } from "@playwright/test";

import { REFUSED } from "./support/mailbox.ts";
import { INTEGRATIONS, recent, row, toasts } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

/** Fails unless a tap on its middle would press it, once scrolled into view. */
async function expectReachable(button: Locator, what: string): Promise<void> {
  const hit = await button.evaluate((it) => {
    it.scrollIntoView({ block: "nearest" });
    const { x, y, width, height } = it.getBoundingClientRect();
    const top = document.elementFromPoint(x + width / 2, y + height / 2);
    return top === it || it.contains(top);
  });
  expect(hit, what).toBe(true);
}

test("errors stay, success messages disappear, and neither covers a button", async ({ page, api, merchant, account }) => {
  await api.connect(account.credentials);
  await api.notify(`${REFUSED}@${merchant}.test`);
  for (const summary of ["The first", "The second", "The third"]) {
    await api.until(await api.handOver({ summary }), "failed", "email");
  }
  await page.setViewportSize({ width: 390, height: 700 });
  await page.clock.install();
  await page.goto(INTEGRATIONS);
  const retry = recent(page).getByRole("button", { name: "Retry" });
  await expect(retry).toHaveCount(3);

  const messages = toasts(page).locator(".toast");
  await page.context().setOffline(true);
  await retry.last().click();
  await expect(messages).toHaveCount(1);
  const still = recent(page).getByText("You are offline.");
  await expect(still).toBeVisible();
  await page.context().setOffline(false);
  await expect(still).toBeHidden();
  await retry.first().click();
  await expect(messages).toHaveCount(2);
  // One above the other, the newest at the edge.
  const [trouble, news] = [messages.first(), messages.last()];
  await expect(trouble).toContainText("No connection.");
  await expect(news).toContainText("Retrying the handover");
  const boxes = await Promise.all([trouble.boundingBox(), news.boundingBox()]);
  expect((boxes[0]?.y ?? 0) + (boxes[0]?.height ?? 0)).toBeLessThanOrEqual(boxes[1]?.y ?? 0);

  // The email is rejected once more.
  await expect(retry).toHaveCount(3);
  const links = recent(page).getByRole("link");
  for (const button of [...(await retry.all()), ...(await links.all())]) {
    await expectReachable(button, "next to two messages");
  }
  await row(page).getByRole("button", { name: "Configure" }).click();
  const dialog = page.getByRole("dialog");
  for (const name of ["Test connection", "Save", "Cancel", "Close"]) {
    await expectReachable(dialog.getByRole("button", { name }), `${name}, in a dialog over two messages`);
  }
  await dialog.getByRole("button", { name: "Cancel" }).click();

  // A message under the pointer stays, and the button may have been above one.
  await page.mouse.move(0, 0);
  await page.clock.fastForward(9_000);
  await expect(messages).toHaveCount(1);
  await expect(trouble).toContainText("No connection.");
  await trouble.getByRole("button", { name: "Dismiss" }).click();
  await expect(messages).toHaveCount(0);
});
