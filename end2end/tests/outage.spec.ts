// A connection that stops working, as every page shows it, and the one field that fixes it.

import { expectAccessible } from "./support/axe.ts";
import {
  ABILITIES,
  badge,
  CONVERSATIONS,
  conversationPath,
  HANDOVERS,
  handoverOf,
  INTEGRATIONS,
  NOTIFICATIONS,
  row,
  toasts,
} from "./support/screen.ts";
import { expectNoSideways } from "./support/sideways.ts";
import { expect, test } from "./support/test.ts";
import type { Page } from "@playwright/test";

const SOON = { timeout: 30_000 };
const CAUSE = "Gorgias no longer accepts the saved credentials.";

const bar = (page: Page) => page.locator(".outages[role=status]");
const link = (page: Page) =>
  page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /^Integrations/ });

test("every page shows the cause, what waits and the way to fix it", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await page.goto(CONVERSATIONS);
  await expect(bar(page)).toBeEmpty();
  await expect(link(page)).toHaveAccessibleName("Integrations");

  await account.revokeKey();
  await api.handOverUntil("held", { summary: "Where is my invoice?" });
  // Without a reload.
  await expect(bar(page)).toContainText(`${CAUSE} 1 handover is waiting.`, SOON);
  await expect(link(page)).toHaveAccessibleName("Integrations Needs attention. 1 handover is waiting.");
  await expectAccessible(page);

  const conversation = await api.call<{ handovers: { conversation_id: string }[] }>("GET", "handovers");
  expect(conversation.status).toBe(200);
  for (const path of [ABILITIES, HANDOVERS, INTEGRATIONS, NOTIFICATIONS, conversationPath("unknown")]) {
    await page.goto(path);
    await expect(bar(page), path).toContainText(`${CAUSE} 1 handover is waiting.`);
  }
});

test("Update key asks for one field, and the handovers become tickets", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await account.revokeKey();
  await api.handOverUntil("held", { summary: "Where is my invoice?" });
  await account.changeKey("a-new-key");
  await page.goto(NOTIFICATIONS);
  await bar(page).getByText("Update key").press("Enter");
  const field = bar(page).getByLabel("API key", { exact: true });
  await expect(field).toBeFocused();
  await expect(bar(page).locator("input:visible")).toHaveCount(1);
  await expectAccessible(page);
  await field.press("Escape");
  await expect(field).toBeHidden();
  await expect(bar(page).locator("summary")).toBeFocused();

  await bar(page).getByText("Update key").press("Enter");
  await field.fill("a-new-key");
  await field.press("Enter");
  await expect(page).toHaveURL(new RegExp(`${INTEGRATIONS}(\\?|$)`));
  await expect(toasts(page)).toContainText("Helpdesk integration saved successfully.");
  await expect(badge(page, "Connected")).toBeVisible();
  await expect(bar(page)).toBeEmpty();
  await expect(handoverOf(page, "Where is my invoice?").locator(".badge")).toHaveText("Ticket created", SOON);
});

test("a key that is wrong opens the whole form with the cause", async ({ page, api, account, problems }) => {
  await api.connect(account.credentials);
  await account.revokeKey();
  await api.handOverUntil("held");
  await page.goto(CONVERSATIONS);
  await bar(page).getByText("Update key").click();
  await bar(page).getByLabel("API key", { exact: true }).fill("wrong");
  await bar(page).getByRole("button", { name: "Save" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Connection failed. Please check your credentials and try again.");
  await expect(dialog).toContainText("Gorgias rejected this email address and API key.");
  await expect(dialog.getByLabel("Gorgias subdomain", { exact: true })).toHaveValue(account.credentials.subdomain);
  problems.splice(0);
});

test("what no key can fix leads to the details, and ends by itself", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await account.fault({ kind: "status", status: 503 });
  await page.goto(INTEGRATIONS);
  await expect(row(page)).toContainText("Handovers go here");
  await account.clearFaults();
  await account.remove();
  await api.handOverUntil("held");
  await page.goto(CONVERSATIONS);
  await expect(bar(page)).toContainText("There is no Gorgias account at the saved address.");
  await bar(page).getByRole("link", { name: "See details" }).click();
  await expect(row(page)).toContainText("Handovers wait here");
  await expect(row(page)).not.toContainText("Handovers go here");
});

for (const [name, size] of [
  ["phone", { width: 375, height: 667 }],
  ["small phone", { width: 320, height: 600 }],
] as const) {
  test(`the bar and its form fit on a ${name}`, async ({ page, api, account }) => {
    await api.connect(account.credentials);
    await account.revokeKey();
    await api.handOverUntil("held");
    await page.setViewportSize(size);
    await page.goto(CONVERSATIONS);
    await bar(page).getByText("Update key").click();
    await expect(bar(page).getByLabel("API key", { exact: true })).toBeInViewport();
    await expectNoSideways(page, name);
  });
}

test.describe("without WASM", () => {
  test.use({ javaScriptEnabled: false, live: false });

  test("the field works", async ({ page, api, account }) => {
    await api.connect(account.credentials);
    await account.revokeKey();
    await api.handOverUntil("held");
    await account.changeKey("a-new-key");
    await page.goto(CONVERSATIONS);
    await bar(page).getByText("Update key").click();
    await bar(page).getByLabel("API key", { exact: true }).fill("a-new-key");
    await bar(page).getByRole("button", { name: "Save" }).click();
    await expect(badge(page, "Connected")).toBeVisible();
    await expect(toasts(page)).toContainText("Helpdesk integration saved successfully.");
  });
});

test.describe("for a member", () => {
  test.use({ role: "member" });

  test("the bar has no form", async ({ page, api, account }) => {
    await api.connect(account.credentials);
    await account.revokeKey();
    await api.handOverUntil("held");
    await page.goto(CONVERSATIONS);
    await expect(bar(page)).toContainText(CAUSE);
    await expect(bar(page).getByText("Update key")).toHaveCount(0);
    await expect(bar(page).getByRole("link", { name: "See details" })).toBeVisible();
  });
});
