// What people do on the Integrations page and its neighbours, and where they look.

import type { Locator, Page } from "@playwright/test";

import type { Credentials } from "./gorgias.ts";

export const INTEGRATIONS = "/settings/integrations";
export const HANDOVERS = "/settings/integrations/handovers";
export const NOTIFICATIONS = "/settings/notifications";

/** The helpdesk's row. */
export const row = (page: Page): Locator => page.getByRole("region", { name: "Gorgias", exact: true });

/** The row's badge with exactly this text. */
export const badge = (page: Page, text: string): Locator => row(page).getByText(text, { exact: true });

/** The list of the latest handovers. */
export const recent = (page: Page): Locator => page.getByRole("region", { name: "Recent handovers" });

/** A handover in it, by its subject. */
export const handoverOf = (page: Page, subject: string): Locator =>
  recent(page)
    .getByRole("listitem")
    .filter({ has: page.getByRole("heading", { name: subject, exact: true }) });

/** The list of all handovers, on its own page. */
export const allHandovers = (page: Page): Locator => page.getByRole("region", { name: "All handovers" });

/** A handover in it, by its subject. */
export const allOf = (page: Page, subject: string): Locator =>
  allHandovers(page)
    .locator(".handover")
    .filter({ has: page.getByRole("heading", { name: subject, exact: true }) });

/** The messages at the edge, as a screen reader gets them. */
export const toasts = (page: Page): Locator => page.locator(".toasts[role=status]");

/** The open dialog. */
export class ConnectDialog {
  readonly all: Locator;
  readonly subdomain: Locator;
  readonly username: Locator;
  readonly key: Locator;
  /** The result of a test or save. */
  readonly told: Locator;

  constructor(readonly page: Page) {
    this.all = page.getByRole("dialog");
    this.subdomain = this.all.getByLabel("Gorgias subdomain", { exact: true });
    this.username = this.all.getByLabel("Username (Email)", { exact: true });
    this.key = this.all.getByLabel("API key", { exact: true });
    this.told = this.all.locator(".told[role=status]");
  }

  button(name: string): Locator {
    return this.all.getByRole("button", { name, exact: true });
  }

  async fill({ subdomain, username, key }: Partial<Credentials>): Promise<void> {
    for (const [field, text] of [
      [this.subdomain, subdomain],
      [this.username, username],
      [this.key, key],
    ] as const) {
      if (text !== undefined) {
        await field.fill(text);
      }
    }
  }

  test(): Promise<void> {
    return this.button("Test connection").click();
  }

  save(): Promise<void> {
    return this.button("Save").click();
  }
}

/** Opens the page, and its dialog with this button. */
export async function openDialog(page: Page, name: "Connect" | "Configure" = "Connect"): Promise<ConnectDialog> {
  await page.goto(INTEGRATIONS);
  await row(page).getByRole("button", { name, exact: true }).click();
  const dialog = new ConnectDialog(page);
  await dialog.subdomain.waitFor();
  return dialog;
}

/** Opens the page, and its disconnect dialog. */
export async function openQuestion(page: Page): Promise<Locator> {
  await page.goto(INTEGRATIONS);
  await row(page).getByRole("button", { name: "Disconnect", exact: true }).click();
  const question = page.getByRole("dialog");
  await question.waitFor();
  return question;
}

export const CONVERSATIONS = "/conversations";
export const ABILITIES = "/train/abilities";

/** The list of conversations. */
export const conversationList = (page: Page): Locator => page.getByRole("list", { name: "Conversations", exact: true });

/** The path of a conversation's page. */
export const conversationPath = (id: string): string => `${CONVERSATIONS}/${encodeURIComponent(id)}`;

/** The card of an ability. */
export const ability = (page: Page, name: "Handover to human" | "Email capture"): Locator =>
  page.getByRole("region", { name, exact: true });

/** Opens the abilities, and the dialog of one. */
export async function openAbility(page: Page, name: "Handover to human" | "Email capture"): Promise<Locator> {
  await page.goto(ABILITIES);
  await ability(page, name).getByRole("button", { name: "Configure" }).click();
  const dialog = page.getByRole("dialog", { name: `Configure ${name}` });
  await dialog.getByRole("button", { name: "Save" }).waitFor();
  return dialog;
}
