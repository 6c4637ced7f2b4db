// Zendesk's row on the Integrations page, and its dialog.

import { expect, type Locator, type Page } from "@playwright/test";

import { INTEGRATIONS } from "./screen.ts";
import type { Credentials } from "./zendesk.ts";

export const zendeskRow = (page: Page): Locator => page.getByRole("region", { name: "Zendesk", exact: true });

/** The open dialog. Its labels follow the chosen access method. */
export class ZendeskDialog {
  readonly all: Locator;
  readonly told: Locator;
  readonly subdomain: Locator;
  readonly username: Locator;
  readonly secret: Locator;

  constructor(page: Page) {
    this.all = page.getByRole("dialog");
    this.told = this.all.locator(".told[role=status]");
    this.subdomain = this.all.getByRole("textbox", { name: "Zendesk subdomain", exact: true });
    this.username = this.all.locator("[name=username]");
    this.secret = this.all.locator("[name=api_key]");
  }

  method(name: string): Locator {
    return this.all.getByRole("radio", { name, exact: true });
  }

  /** The whole box is clickable, so the label covers the radio. */
  choose(name: string): Promise<void> {
    return this.all.locator(".choice label", { hasText: name }).click();
  }

  press(name: string): Promise<void> {
    return this.all.getByRole("button", { name, exact: true }).click();
  }

  async fillClient({ subdomain, client, secret }: Credentials): Promise<void> {
    await expect(this.username).toHaveAccessibleName("Client ID");
    await expect(this.secret).toHaveAccessibleName("Client secret");
    await this.subdomain.fill(`https://${subdomain}.zendesk.com/agent/dashboard`);
    await this.username.fill(client);
    await this.secret.fill(secret);
  }

  async fillToken({ subdomain, email, token }: Credentials): Promise<void> {
    await this.subdomain.fill(subdomain);
    await this.choose("API token");
    await expect(this.username).toHaveAccessibleName("Username (Email)");
    await expect(this.secret).toHaveAccessibleName("API token");
    await this.username.fill(email);
    await this.secret.fill(token);
  }
}

/** Opens the page, and Zendesk's dialog. */
export async function openZendesk(page: Page): Promise<ZendeskDialog> {
  await page.goto(INTEGRATIONS);
  await zendeskRow(page).getByRole("button", { name: "Connect", exact: true }).click();
  return new ZendeskDialog(page);
}
