// Small screens, large text, forced colours and reduced motion. (`states.spec.ts` checks each state at 320 px.)

import type { Page } from "@playwright/test";

import { onCreate } from "./support/gorgias.ts";
import { badge, INTEGRATIONS, NOTIFICATIONS, openDialog, openQuestion, recent, row } from "./support/screen.ts";
import { expectNoSideways } from "./support/sideways.ts";
import { expect, test } from "./support/test.ts";

/** Sets the reader's font size in the browser. */
async function textSize(page: Page, percent: number): Promise<void> {
  const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize));
  const before = await size();
  const devtools = await page.context().newCDPSession(page);
  const pixels = (16 * percent) / 100;
  await devtools.send("Page.setFontSizes", { fontSizes: { standard: pixels, fixed: pixels } });
  // The page uses the reader's size, not pixels of its own.
  await expect.poll(size).toBeCloseTo((before * percent) / 100);
}

const LOOKS = [
  { name: "320 px wide", size: { width: 320, height: 640 }, text: 100 },
  { name: "text at 200 %", size: { width: 1280, height: 800 }, text: 200 },
  { name: "text at 200 % on a small window", size: { width: 640, height: 800 }, text: 200 },
];

for (const { name, size, text } of LOOKS) {
  test(`everything fits and is reachable: ${name}`, async ({ page, account, api }) => {
    await page.setViewportSize(size);
    await page.goto(INTEGRATIONS);
    await textSize(page, text);
    await account.mergeTickets(5);
    await api.handOver({ summary: "Where is my invoice?" });

    const dialog = await openDialog(page);
    await expectNoSideways(page, "connect dialog");
    await dialog.save();
    await expectNoSideways(page, "connect dialog with errors");
    await dialog.fill(account.credentials);
    await dialog.test();
    await expect(dialog.told).toContainText("Connection successful!");
    // The result of the press is visible without scrolling.
    await expect(dialog.told.getByText("Connection successful!")).toBeInViewport();
    await expectNoSideways(page, "connect dialog with a result and a warning");
    await expect(dialog.button("Copy")).toBeVisible();
    await dialog.save();
    await expect(badge(page, "Connected")).toBeVisible();
    await account.fault({ kind: "status", status: 413, ...onCreate, times: 1 });
    await api.handOverUntil("failed");
    await account.revokeKey();
    await api.handOverUntil("held");
    await page.goto(INTEGRATIONS);
    await expect(recent(page).getByRole("button", { name: "Retry" })).toBeVisible();
    await expectNoSideways(page, "integrations");
    const question = await openQuestion(page);
    await expectNoSideways(page, "disconnect dialog");
    await question.getByRole("button", { name: "Disconnect" }).click();
    await expect(badge(page, "Not connected")).toBeVisible();
    await expectNoSideways(page, "integrations with a toast");
    await page.goto(NOTIFICATIONS);
    await expectNoSideways(page, "notifications");
  });
}

test("targets are large enough for a finger", async ({ page, api, account }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await api.connect(account.credentials);
  await openDialog(page, "Configure");
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("dialog button, dialog input:not([type=hidden]), .row button, nav a")]
      .map((it) => ({ it, box: it.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
      .map(({ it }) => it.outerHTML.slice(0, 100)),
  );
  expect(small, "smaller than 24 px (WCAG 2.5.8)").toEqual([]);
});

test("with forced colours every control has an edge", async ({ page, account }) => {
  await page.emulateMedia({ forcedColors: "active" });
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.test();
  await expect(dialog.told).toHaveText("Connection successful!");
  const bare = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("dialog .input, dialog .dialog-foot button:not(.button-quiet), .told .note")]
      .filter((it) => {
        const { borderTopStyle, borderTopWidth } = getComputedStyle(it);
        return borderTopStyle === "none" || parseFloat(borderTopWidth) === 0;
      })
      .map((it) => it.outerHTML.slice(0, 100)),
  );
  expect(bare).toEqual([]);
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle)).not.toBe("none");
  await page.keyboard.press("Escape");
  await expect(row(page)).toBeVisible();
});

test("reduced motion is respected", async ({ page, account }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await account.fault({ kind: "hang", method: "GET", path: "/api/account" });
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.test();
  await expect(dialog.button("Test connection")).toHaveAttribute("aria-busy", "true");
  const moving = () =>
    page.evaluate(() =>
      document
        .getAnimations()
        .map((it) => it.effect?.getComputedTiming())
        // What lasts less than a frame is a change, not motion.
        .filter((timing) => Number(timing?.duration) > 20)
        .map((timing) => `${String(timing?.duration)} ms × ${String(timing?.iterations)}`),
    );
  expect(await moving()).toEqual([]);
  // Make sure that the check detects motion when there is some.
  await page.emulateMedia({ reducedMotion: "no-preference" });
  await expect.poll(moving).not.toEqual([]);
});
