// Checks accessibility and overflow in every state of the screen. The pictures are for people.

import { join } from "node:path";

import type { Page } from "@playwright/test";

import { states } from "./states.ts";
import type { Look } from "./states/state.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoSideways } from "./support/sideways.ts";
import { test } from "./support/test.ts";

const WIDE = { width: 1280, height: 720 };
const LOOKS = {
  light: { colorScheme: "light", size: WIDE },
  dark: { colorScheme: "dark", size: WIDE },
  // WCAG 1.4.10: 320 CSS pixels without scrolling in two directions.
  narrow: { colorScheme: "light", size: { width: 320, height: 640 } },
  // The system's colours instead of ours.
  contrast: { colorScheme: "dark", forcedColors: "active", size: WIDE },
} as const;

/** Applies a look, and returns when all its animations have ended. */
async function look(page: Page, name: Look): Promise<void> {
  const { size, ...media } = LOOKS[name];
  await page.emulateMedia({ forcedColors: "none", ...media });
  await page.setViewportSize(size);
  await page.evaluate(async () => {
    // Endless animations never end.
    const moving = document.getAnimations().filter((it) => it.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(moving.map((it) => it.finished));
  });
}

for (const state of states) {
  test.describe(() => {
    test.use({ role: state.role === undefined ? "owner" : state.role, live: state.live ?? true });
    test(state.name, async ({ page, convi, merchant, account, api, mailbox, demo }, info) => {
      // As much as all the others together.
      if (state.inPlace) test.slow();
      await state.reach({ page, convi, merchant, account, api, mailbox, demo });
      // One visit for all looks, which differ only in CSS.
      for (const name of ["light", ...(state.also ?? [])] as Look[]) {
        await test.step(name, async () => {
          await look(page, name);
          const file = `${state.name.replaceAll(/[^a-z0-9]+/gi, "-")}-${name}.png`;
          await page.screenshot({
            path: join(info.project.outputDir, "states", file),
            // A dialog covers the visible part, not the whole page.
            fullPage: state.inPlace === true || (await page.getByRole("dialog").count()) === 0,
            animations: "disabled",
          });
          await expectNoSideways(page, name);
          await expectAccessible(page, name);
        });
      }
    });
  });
}
