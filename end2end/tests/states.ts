// Every state of the screen, and how a person gets there. `states.spec.ts` looks at each of them.

import type { Page } from "@playwright/test";

import type { Convi } from "./support/convi.ts";
import type { Gorgias, GorgiasAccount } from "./support/gorgias.ts";

/** What a state may need to be reached. */
export interface World {
  page: Page;
  convi: Convi;
  gorgias: Gorgias;
  merchant: string;
  account: GorgiasAccount;
}

/** A way of looking at it. Every state is seen in `light`; the others are for states where they differ. */
export type Look = "light" | "dark" | "narrow";

export interface State {
  name: string;
  /** Besides `light`. */
  also?: Look[];
  reach(world: World): Promise<void>;
}

export const states: State[] = [
  {
    name: "integrations, not connected",
    also: ["dark", "narrow"],
    async reach({ page }) {
      await page.goto("/settings/integrations");
      await page.getByText("Not connected", { exact: true }).first().waitFor();
    },
  },
  {
    name: "connect dialog, empty",
    also: ["dark", "narrow"],
    async reach({ page }) {
      await page.goto("/settings/integrations");
      await page.getByRole("button", { name: "Connect", exact: true }).first().click();
      await page.getByRole("dialog").getByLabel("Gorgias subdomain").waitFor();
    },
  },
];
