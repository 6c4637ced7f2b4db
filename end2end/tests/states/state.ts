// What a state of the screen is.

import type { Page } from "@playwright/test";

import type { Api } from "../support/api.ts";
import type { Convi, Role } from "../support/convi.ts";
import type { GorgiasAccount } from "../support/gorgias.ts";
import type { Mailbox } from "../support/mailbox.ts";

/** What a state may need to be reached. */
export interface World {
  page: Page;
  convi: Convi;
  merchant: string;
  account: GorgiasAccount;
  api: Api;
  mailbox: Mailbox;
  /** The server with the demo shop. */
  demo: () => Promise<Convi>;
}

/** A way of looking at it. Every state is seen in `light`; the others are for states where they differ. */
export type Look = "light" | "dark" | "narrow" | "contrast";

export interface State {
  name: string;
  /** Besides `light`. */
  also?: Look[];
  /** Who looks; the owner, unless it says otherwise. */
  role?: Role | null;
  /** It is no page of the app, which says when it is live. */
  live?: false;
  /** Its dialogs are a part of the page and lie over nothing. */
  inPlace?: true;
  reach(world: World): Promise<void>;
}

/** For states that look different in each. */
export const EVERYWHERE: Look[] = ["dark", "narrow"];
