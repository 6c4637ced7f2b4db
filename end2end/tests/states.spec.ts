// Every state of the screen: can everybody use it, and does nothing overflow? The pictures are for a person's eyes.

import { join } from "node:path";

import { type Look, states } from "./states.ts";
import { expectAccessible } from "./support/axe.ts";
import { expect, test } from "./support/test.ts";

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  // WCAG 1.4.10: 320 CSS pixels without scrolling in two directions.
  narrow: { colorScheme: "light", viewport: { width: 320, height: 640 } },
} as const;

for (const look of Object.keys(LOOKS) as Look[]) {
  test.describe(look, () => {
    test.use(LOOKS[look]);
    for (const state of states.filter(({ also }) => look === "light" || also?.includes(look))) {
      test(state.name, async ({ page, convi, gorgias, merchant, account }, info) => {
        await state.reach({ page, convi, gorgias, merchant, account });
        const file = `${state.name.replaceAll(/[^a-z0-9]+/gi, "-")}-${look}.png`;
        await page.screenshot({
          path: join(info.project.outputDir, "states", file),
          fullPage: true,
          animations: "disabled",
        });
        await expectAccessible(page);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow, "pixels that stick out to the right").toBeLessThanOrEqual(0);
      });
    }
  });
}
