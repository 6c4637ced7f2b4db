// A state of the screen.

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

/** A look. Every state is checked in `light`, and in the others if it differs there. */
export type Look = "light" | "dark" | "narrow" | "contrast";

export interface State {
  name: string;
  /** Looks besides `light`. */
  also?: Look[];
  /** The role of the viewer; the owner by default. */
  role?: Role | null;
  /** Set for pages outside the app, which never become live. */
  live?: false;
  /** Set if its dialogs are part of the page instead of covering it. */
  inPlace?: true;
  reach(world: World): Promise<void>;
}

/** For states that differ in each. */
export const EVERYWHERE: Look[] = ["dark", "narrow"];
