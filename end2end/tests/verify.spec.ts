// "Verifying it works": a test handover with its button, and the ticket as an agent sees it.

import { badge, INTEGRATIONS, recent, row } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const STEPS = [
  "Create a ticket",
  "Read the ticket back",
  "Check the transcript",
  "Check the customer",
  "Check the tag",
  "Close the ticket",
];

test.beforeEach(async ({ api, account }) => {
  await api.connect(account.credentials);
});

test("a test handover shows its steps, and its ticket is closed in the helpdesk", async ({ page, account }) => {
  await page.goto(INTEGRATIONS);
  await row(page).getByRole("button", { name: "Send a test handover", exact: true }).click();
  await expect(row(page).getByText("The test handover worked.")).toBeVisible();
  const steps = row(page).locator(".step");
  await expect(steps).toContainText(STEPS);
  for (const step of await steps.all()) {
    await expect(step).toHaveText(/\d+ m?s$/);
  }
  // It is not a handover: nothing is listed or counted.
  await expect(recent(page).getByRole("listitem")).toHaveCount(0);

  const [ticket] = await account.tickets();
  expect(ticket?.status).toBe("closed");
  const link = row(page).getByRole("link", { name: `Ticket #${ticket?.id}` });
  await expect(link).toHaveAttribute("href", account.ticketPage(ticket?.id ?? 0));
  const helpdesk = await page.context().newPage();
  await helpdesk.goto(account.ticketPage(ticket?.id ?? 0));
  await expect(helpdesk.locator(".head")).toContainText("convi-test");
  await expect(helpdesk.locator(".head")).toContainText(/closed/i);
  expect(await account.sentToShoppers()).toEqual([]);
});

test("the steps arrive one by one", async ({ page, account }) => {
  await account.fault({ kind: "hang", method: "GET", path: "/api/tickets/*" });
  await page.goto(INTEGRATIONS);
  await row(page).getByRole("button", { name: "Send a test handover", exact: true }).click();
  const steps = row(page).locator(".step");
  // The ticket exists, and reading it back hangs.
  await expect(steps).toHaveText([/^Create a ticket.*done/, ...STEPS.slice(1)]);
  await expect(steps.nth(1)).toHaveClass(/step-now/);
  await expect(row(page).getByText("Gorgias is taking longer than usual…")).toBeVisible();
  await account.clearFaults();
  await expect(row(page).getByText(/The test handover (worked|found a problem)\./)).toBeVisible({ timeout: 40_000 });
  await expect(row(page).locator(".step-now, .step-later")).toHaveCount(0);
});

test("a test handover finds a quota that Test connection does not", async ({ page, account }) => {
  await account.fault({ kind: "quota_used_up" });
  await page.goto(INTEGRATIONS);
  await expect(badge(page, "Connected")).toBeVisible();
  await row(page).getByRole("button", { name: "Send a test handover", exact: true }).click();
  await expect(row(page).locator(".step")).toHaveText([/^Create a ticket.*Upgrade your plan/]);
});

test("a problem found by a test handover disappears with its key", async ({ page, api, account }) => {
  await account.revokeKey();
  await page.goto(INTEGRATIONS);
  await row(page).getByRole("button", { name: "Send a test handover", exact: true }).click();
  const problem = row(page).getByText("The test handover found a problem.");
  await expect(problem).toBeVisible();
  await account.changeKey("a-new-key");
  await api.connect({ ...account.credentials, key: "a-new-key" });
  // The row is polled every 9 s.
  await expect(problem).toHaveCount(0);
});
