// The webhook's row on the Integrations page, and its dialog.

import { expect, type Locator, type Page } from "@playwright/test";

import type { Endpoint } from "./receiver.ts";
import { INTEGRATIONS } from "./screen.ts";

export const webhookRow = (page: Page): Locator => page.getByRole("region", { name: "Webhook", exact: true });

/** The row's badge. */
export const webhookBadge = (page: Page): Locator => webhookRow(page).locator(".badge");

/** The secret that is shown this once, in the dialog or on the row. */
export const shownSecret = (place: Locator): Locator => place.locator("code").filter({ hasText: /^whsec_/ });

/** The open dialog. */
export class WebhookDialog {
  readonly all: Locator;
  readonly told: Locator;
  readonly url: Locator;
  readonly secret: Locator;

  constructor(page: Page) {
    this.all = page.getByRole("dialog");
    this.told = this.all.locator(".told[role=status]");
    this.url = this.all.getByRole("textbox", { name: "URL", exact: true });
    this.secret = shownSecret(this.all);
  }

  button(name: string): Locator {
    return this.all.getByRole("button", { name, exact: true });
  }

  press(name: string): Promise<void> {
    return this.button(name).click();
  }

  /** Saves this endpoint's URL. The endpoint then knows the secret that is shown. */
  async connect(endpoint: Endpoint): Promise<void> {
    await this.url.fill(endpoint.url);
    await this.press("Save");
    await expect(this.told).toContainText("Copy this signing secret into your program now. It will not be shown again.");
    endpoint.secrets = [(await this.secret.textContent()) ?? ""];
  }
}

/** Opens the page, and the webhook's dialog. */
export async function openWebhook(page: Page, name: "Connect" | "Configure" = "Connect"): Promise<WebhookDialog> {
  await page.goto(INTEGRATIONS);
  await webhookRow(page).getByRole("button", { name, exact: true }).click();
  const dialog = new WebhookDialog(page);
  await dialog.url.waitFor();
  return dialog;
}
