// The demo's page of components: each of them in all of its states at once.

import { expect } from "@playwright/test";

import { EVERYWHERE, type State } from "./state.ts";

export const components: State[] = [
  {
    name: "demo, components",
    also: EVERYWHERE,
    // Nobody is signed in: the demo knows no sign-in. It is the server's alone, and never live.
    role: null,
    live: false,
    inPlace: true,
    async reach({ page, demo }) {
      await page.goto(`${(await demo()).url}/demo/components`);
      // In a shadow root, with the styles that it asks for: the last of them has come when this is no list with dots.
      const handover = page.getByRole("region", { name: "Recent handovers" }).first();
      await handover.getByText("Checking whether the ticket arrived").waitFor();
      await expect(page.getByRole("dialog")).toHaveCount(5);
      await page.waitForLoadState("load");
      // No field of a dialog has taken the focus and the page with it.
      expect(await page.evaluate(() => window.scrollY)).toBe(0);
    },
  },
];
