// Before the WASM has loaded, or without any script, plain forms do the same job.

import { join } from "node:path";

import type { Page, Response } from "@playwright/test";

import { expectAccessible } from "./support/axe.ts";
import { onCreate } from "./support/gorgias.ts";
import {
  badge,
  ConnectDialog,
  handoverOf,
  INTEGRATIONS,
  NOTIFICATIONS,
  recent,
  row,
  toasts,
} from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

test.use({ live: false });

/** Presses a button that posts a form, and returns the response. */
async function post(page: Page, press: () => Promise<void>): Promise<Response> {
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  await press();
  return answer;
}

async function open(page: Page, name: "Connect" | "Configure" = "Connect"): Promise<ConnectDialog> {
  await page.goto(INTEGRATIONS);
  await row(page).getByRole("button", { name, exact: true }).click();
  return new ConnectDialog(page);
}

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false });

  test("connect, test, save, configure and disconnect", async ({ page, account, api }) => {
    const { key, username, subdomain } = account.credentials;
    const dialog = await open(page);
    await expect(dialog.subdomain).toBeFocused();
    await expect(dialog.all.getByRole("button", { name: "Show API key" })).toHaveCount(0);
    await dialog.fill({ ...account.credentials, subdomain: `https://${subdomain}.gorgias.com/app` });
    const tested = await post(page, () => dialog.test());
    expect(tested.status()).toBe(200);
    await expect(dialog.told).toHaveText("Connection successful!");
    await expect(dialog.username).toHaveValue(username);
    await expect(dialog.key).toHaveValue("");
    expect(await page.content()).not.toContain(key);

    await dialog.fill({ key });
    expect((await post(page, () => dialog.save())).status()).toBe(303);
    await expect(toasts(page)).toHaveText("Helpdesk integration saved successfully.");
    await expect(badge(page, "Connected")).toBeVisible();
    expect((await api.integration()).subdomain).toBe(subdomain);

    await row(page).getByRole("button", { name: "Configure" }).click();
    await expect(dialog.subdomain).toHaveValue(subdomain);
    await expect(dialog.key).toHaveValue("");
    expect((await post(page, () => dialog.save())).status()).toBe(303);
    await expect(toasts(page)).toHaveText("Helpdesk integration saved successfully.");

    await row(page).getByRole("button", { name: "Disconnect" }).click();
    const question = page.getByRole("dialog");
    await expect(question).toContainText(
      "Are you sure you want to disconnect Gorgias? Ticket creation for handovers will stop working.",
    );
    expect((await post(page, () => question.getByRole("button", { name: "Disconnect" }).click())).status()).toBe(303);
    await expect(toasts(page)).toHaveText("Gorgias integration disconnected successfully.");
    await expect(badge(page, "Not connected")).toBeVisible();
  });

  test("errors are shown at their fields, with what was typed but without the key", async ({ page, account }) => {
    const dialog = await open(page);
    await dialog.fill({ subdomain: "evil.com#", username: "jane", key: "geheim-geheim" });
    const answer = await post(page, () => dialog.save());
    expect(answer.status()).toBe(400);
    await expect(dialog.all.locator(".field-error:visible")).toHaveText([
      /^A subdomain can only contain letters, digits and hyphens\./,
      /^Enter a complete email address/,
    ]);
    await expect(dialog.subdomain).toHaveValue("evil.com#");
    await expect(dialog.username).toHaveValue("jane");
    await expect(dialog.key).toHaveValue("");
    expect(await page.content()).not.toContain("geheim-geheim");
    expect(page.url()).toMatch(new RegExp(`${INTEGRATIONS}$`));
    expect(await account.requests()).toEqual([]);
  });

  test("credentials that Gorgias rejects are reported as such", async ({ page, account, api }) => {
    await account.revokeKey();
    const dialog = await open(page);
    await dialog.fill(account.credentials);
    const answer = await post(page, () => dialog.save());
    expect(answer.status()).toBe(422);
    await expect(dialog.told.getByRole("paragraph")).toHaveText([
      "Connection failed. Please check your credentials and try again.",
      /^Gorgias rejected this email address and API key\./,
    ]);
    await expect(dialog.username).toHaveValue(account.credentials.username);
    expect(await page.content()).not.toContain(account.credentials.key);
    expect((await api.integration()).state).toBe("not_connected");
  });

  test("a dialog closes and sends nothing", async ({ page }) => {
    const posted: string[] = [];
    page.on("request", (request) => void (request.method() === "POST" && posted.push(request.url())));
    const dialog = await open(page);
    await dialog.fill({ key: "a-key" });
    await dialog.button("Cancel").click();
    await expect(dialog.all).toBeHidden();
    await expect(row(page).getByRole("button", { name: "Connect" })).toBeVisible();
    expect(posted).toEqual([]);
  });

  test("handovers have Retry and the question about an unsure delivery", async ({ page, api, account }) => {
    await api.connect(account.credentials);
    await account.fault({ kind: "status", status: 413, ...onCreate, times: 1 });
    const failed = await api.handOverUntil("failed", { summary: "Is my parcel lost?" });
    await page.goto(INTEGRATIONS);
    const lost = handoverOf(page, "Is my parcel lost?");
    await expect(lost).toContainText("The ticket is larger than Gorgias accepts.");
    expect((await post(page, () => lost.getByRole("button", { name: "Retry" }).click())).status()).toBe(303);
    await expect(toasts(page)).toHaveText("Retrying the handover.");
    await api.until(failed, "delivered");

    await account.fault({ kind: "drop_before_commit", ...onCreate, times: 1 });
    const unsure = await api.handOverUntil("unsure", { summary: "Where is my invoice?" });
    await api.disconnect();
    await page.goto(INTEGRATIONS);
    await post(page, () => recent(page).getByRole("button", { name: "It is there" }).click());
    await expect(toasts(page)).toHaveText("Thank you. Your answer is saved.");
    expect((await api.delivery(unsure))?.state).toBe("delivered");
  });

  test("the team's address can be saved and cleared", async ({ page, api, merchant }) => {
    const email = page.getByLabel("Team email");
    await page.goto(NOTIFICATIONS);
    await email.fill("team");
    expect((await post(page, () => page.getByRole("button", { name: "Save" }).click())).status()).toBe(400);
    await expect(email).toHaveAccessibleDescription(/^Enter a complete email address/);
    await expect(email).toHaveValue("team");

    await email.fill(`team@${merchant}.test`);
    await post(page, () => page.getByRole("button", { name: "Save" }).click());
    await expect(toasts(page)).toHaveText("Team email saved.");
    expect(await api.notified()).toBe(`team@${merchant}.test`);

    await post(page, () => page.getByRole("button", { name: "Stop emailing the team" }).click());
    await expect(toasts(page)).toHaveText("Your team no longer gets emails.");
    expect(await api.notified()).toBeNull();
  });
});

test("the dialog works before the module has loaded, and keeps what was typed", async ({
  page,
  account,
}, info) => {
  let load: () => void = () => {};
  const loaded = new Promise<void>((resolve) => (load = resolve));
  await page.route("**/*.wasm", async (route) => {
    await loaded;
    await route.continue();
  });
  await page.goto(`${INTEGRATIONS}?connect=gorgias`, { waitUntil: "domcontentloaded" });
  const dialog = new ConnectDialog(page);
  await expect(dialog.subdomain).toBeFocused();
  await expect(page.locator("html[data-hydrated]")).toHaveCount(0);
  await page.screenshot({ path: join(info.project.outputDir, "states", "connect-dialog-before-wasm-light.png") });
  await expectAccessible(page);
  await dialog.fill(account.credentials);
  await dialog.username.focus();

  load();
  await expect(page.locator("html[data-hydrated]")).toBeAttached();
  await expect(dialog.subdomain).toHaveValue(account.credentials.subdomain);
  await expect(dialog.key).toHaveValue(account.credentials.key);
  await expect(dialog.username).toBeFocused();
  expect(await dialog.all.evaluate((it) => it.matches(":modal"))).toBe(true);
  await expect(dialog.all.getByRole("link", { name: "Gorgias → Settings → REST API" })).toBeVisible();
  await dialog.test();
  await expect(dialog.told).toHaveText("Connection successful!");
});
