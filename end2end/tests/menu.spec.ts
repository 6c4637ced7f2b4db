// The menu at the viewer's name, and the page of common issues.

import type { Page } from "@playwright/test";

import { expectAccessible } from "./support/axe.ts";
import { CONVERSATIONS, INTEGRATIONS } from "./support/screen.ts";
import { expectNoSideways } from "./support/sideways.ts";
import { expect, test } from "./support/test.ts";

const menu = (page: Page) => page.locator("details.viewer");

test("the theme acts at once and lasts", async ({ page, context }) => {
  await page.goto(CONVERSATIONS);
  await expect(page.locator("html")).not.toHaveAttribute("data-theme");
  await menu(page).locator("summary").click();
  await expectAccessible(page, "the open menu");
  await menu(page).getByRole("button", { name: "Dark" }).click();
  await expect(page.locator("html[data-hydrated]")).toHaveAttribute("data-theme", "dark");
  await expect(page).toHaveURL(new RegExp(`${CONVERSATIONS}$`));
  await page.goto(INTEGRATIONS);
  await menu(page).locator("summary").click();
  await expect(menu(page).getByRole("button", { name: "Dark" })).toHaveAttribute("aria-pressed", "true");
  const cookie = (await context.cookies()).find(({ name }) => name === "theme");
  expect(cookie).toMatchObject({ value: "dark", httpOnly: true, sameSite: "Lax" });
  await menu(page).getByRole("button", { name: "System" }).click();
  await expect(page.locator("html[data-hydrated]")).not.toHaveAttribute("data-theme");
});

test("Escape and a press beside close it, and it works by keyboard", async ({ page }) => {
  await page.goto(CONVERSATIONS);
  const summary = menu(page).locator("summary");
  await summary.press("Enter");
  await page.keyboard.press("Tab");
  await expect(menu(page).getByRole("button", { name: "System" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(menu(page)).not.toHaveAttribute("open");
  await expect(summary).toBeFocused();
  await summary.click();
  await page.getByRole("heading", { level: 1 }).click();
  await expect(menu(page)).not.toHaveAttribute("open");
});

test("Sign out ends the session", async ({ page }) => {
  await page.goto(CONVERSATIONS);
  await menu(page).locator("summary").click();
  await menu(page).getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await page.goto(CONVERSATIONS);
  await expect(page).toHaveURL(/\/sign-in$/);
  await expect(page.getByLabel("Language")).toBeVisible();
});

test("Common issues explains each cause, and its details name no secret", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await account.revokeKey();
  await api.handOverUntil("held");
  await page.goto(CONVERSATIONS);
  await menu(page).locator("summary").click();
  await menu(page).getByRole("link", { name: "Common issues" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Common issues");
  await expect(menu(page)).not.toHaveAttribute("open");
  await expect(page.locator(".issue")).toHaveCount(11);
  await page.getByText("The ticket has no email address").click();
  await expect(page.getByText("What an agent answers on the ticket appears in the chat")).toBeVisible();
  const details = page.locator(".remedy code");
  await expect(details).toContainText(`merchant: ${api.merchant}`);
  await expect(details).toContainText("gorgias: Needs attention, bad_credentials");
  await expect(details).toContainText("held 1");
  await expect(details).not.toContainText(account.credentials.key);
  await expect(page.getByRole("button", { name: "Copy" })).toBeVisible();
  await expectAccessible(page, "common issues");
  for (const width of [768, 375, 320]) {
    await page.setViewportSize({ width, height: 700 });
    await expectNoSideways(page, `${width} px`);
  }
  await menu(page).locator("summary").click();
  await expectNoSideways(page, "320 px, the open menu");
  await expect(menu(page).getByRole("button", { name: "Sign out" })).toBeInViewport();
});

test.describe("without WASM", () => {
  test.use({ javaScriptEnabled: false, live: false });

  test("theme, language and sign-out are forms", async ({ page }) => {
    await page.goto(CONVERSATIONS);
    await menu(page).locator("summary").click();
    await menu(page).getByRole("button", { name: "Light" }).click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
    await menu(page).locator("summary").click();
    await menu(page).getByRole("button", { name: "Deutsch" }).click();
    await expect(page.locator("html")).toHaveAttribute("lang", "de");
    await menu(page).locator("summary").click();
    await menu(page).getByRole("button", { name: "Abmelden" }).click();
    await expect(page).toHaveURL(/\/sign-in$/);
  });
});
