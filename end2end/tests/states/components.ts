// The demo's page of components: each of them in all its states at once.

import { expect } from "@playwright/test";

import { EVERYWHERE, type State } from "./state.ts";

export const components: State[] = [
  {
    name: "demo, components",
    also: EVERYWHERE,
    // The demo has no sign-in. The page is rendered by the server only and never becomes live.
    role: null,
    live: false,
    inPlace: true,
    async reach({ page, demo }) {
      await page.goto(`${(await demo()).url}/demo/components`);
      // The sample is in a shadow root with its own stylesheets. The last one has loaded when this list has no bullets.
      const handover = page.getByRole("region", { name: "Recent handovers" }).first();
      await handover.getByText("Checking whether the ticket arrived").waitFor();
      await expect(page.getByRole("dialog")).toHaveCount(5);
      await page.waitForLoadState("load");
      // No dialog's field has taken the focus and scrolled the page.
      expect(await page.evaluate(() => window.scrollY)).toBe(0);
    },
  },
];
