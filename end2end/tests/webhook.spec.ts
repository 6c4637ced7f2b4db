// A merchant's own webhook, from Connect to Disconnect, with a receiver that verifies every event.

import type { Page } from "@playwright/test";

import { expectAccessible } from "./support/axe.ts";
import { live, MODES, panel, test as embedded } from "./support/embedded.ts";
import { tabTo } from "./support/keyboard.ts";
import type { Endpoint } from "./support/receiver.ts";
import { conversationPath, INTEGRATIONS, recent, row, toasts } from "./support/screen.ts";
import { Shopper } from "./support/shopper.ts";
import { expectNoSideways } from "./support/sideways.ts";
import { expect, test } from "./support/test.ts";
import { openWebhook, shownSecret, webhookBadge, WebhookDialog, webhookRow } from "./support/webhook-screen.ts";

const SAVED = "Helpdesk integration saved successfully.";
const REFUSED = /^Your receiver rejected the signature \(status 401\)\./;

const configure = (page: Page) => webhookRow(page).getByRole("button", { name: "Configure", exact: true }).click();

/** Confirms the question. */
async function disconnect(page: Page): Promise<void> {
  await webhookRow(page).getByRole("button", { name: "Disconnect", exact: true }).click();
  const question = page.getByRole("dialog");
  await expect(question).toContainText("Are you sure you want to disconnect Webhook?");
  await question.getByRole("button", { name: "Disconnect", exact: true }).click();
  await expect(toasts(page)).toContainText("Webhook integration disconnected successfully.");
}

test.describe("with a clipboard", () => {
  test.use({ permissions: ["clipboard-read", "clipboard-write"] });

  test("connect, hand over by click, disconnect", async ({ page, convi, merchant, api, endpoint }) => {
    const dialog = await openWebhook(page);
    await dialog.url.fill(endpoint.url);
    await dialog.press("Test connection");
    // Before the first save, no one knows a secret.
    await expect(dialog.told.getByRole("paragraph")).toHaveText([/^Connection failed\./, REFUSED]);
    await dialog.press("Save");
    await expect(toasts(page)).toContainText(SAVED);
    await expect(dialog.told).toContainText("Copy this signing secret into your program now. It will not be shown again.");
    await expect(dialog.all.locator(".dialog-foot").getByRole("button")).toHaveText(["Done"]);
    await expect(dialog.button("Done")).toBeFocused();
    await expectAccessible(page, "with the secret");
    await dialog.press("Copy");
    await expect(dialog.button("Copied")).toBeVisible();
    endpoint.secrets = [await page.evaluate(() => navigator.clipboard.readText())];
    expect(endpoint.secrets[0]).toMatch(/^whsec_/);
    await dialog.press("Done");
    await expect(dialog.all).toHaveCount(0);
    await expect(webhookRow(page).getByRole("button", { name: "Configure" })).toBeFocused();
    await expect(page.getByText(endpoint.secrets[0] ?? "")).toHaveCount(0);

    await expect(webhookBadge(page)).toHaveText("Needs attention");
    await expect(webhookRow(page).getByRole("status").first()).toContainText("Your receiver rejected the signature");
    await configure(page);
    await expect(dialog.url).toHaveValue(endpoint.url);
    await dialog.press("Test connection");
    await expect(dialog.told).toHaveText("Connection successful!");
    await dialog.press("Save");
    await expect(dialog.all).toHaveCount(0);
    await expect(webhookBadge(page)).toHaveText("Connected");
    await expect(webhookRow(page)).toContainText("Handovers go here");
    expect(endpoint.events.map(({ type }) => type)).toEqual(["convi.test", "convi.test"]);

    const shopper = await Shopper.writes(convi, merchant, "Do you ship to Norway?");
    const { id } = await api.conversation();
    await page.goto(conversationPath(id));
    await page.getByRole("button", { name: "Hand over" }).click();
    await expect.poll(() => endpoint.of("handover.created").length).toBe(1);
    expect(endpoint.of("handover.created")[0]?.data).toMatchObject({
      merchant_id: merchant,
      conversation_id: id,
      sequence: 0,
      trigger: { kind: "manual", by: "Olive Owner" },
      truncated: false,
    });
    expect(JSON.stringify(endpoint.events)).toContain("Do you ship to Norway?");
    await shopper.says("My address is jane@example.com");
    await expect.poll(() => endpoint.of("handover.message").length).toBe(1);

    await page.goto(INTEGRATIONS);
    await expect(recent(page)).toContainText("Delivered");
    await expect(recent(page).getByRole("link", { name: /Ticket/ })).toHaveCount(0);
    await disconnect(page);
    await expect(webhookBadge(page)).toHaveText("Not connected");
    await expect(webhookRow(page).getByText(endpoint.url)).toHaveCount(0);
    // A new connection has a new secret.
    const [first] = endpoint.secrets;
    await (await openWebhook(page)).connect(endpoint);
    expect(endpoint.secrets).not.toEqual([first]);
  });
});

test("a receiver that stops answering needs attention, and gets everything once it works", async ({ page, api, endpoint }) => {
  await api.connectWebhook(endpoint);
  // An outage of the receiver is not the connection's fault.
  endpoint.status = 500;
  const waiting = await api.handOver({ summary: "First" });
  await api.until(waiting, "waiting", "webhook");
  await page.goto(INTEGRATIONS);
  await expect(webhookBadge(page)).toHaveText("Connected");
  await expect(recent(page)).toContainText("Your receiver answered with status 500.");

  endpoint.status = 410;
  const gone = await api.handOver({ summary: "Second" });
  await api.until(gone, "held", "webhook");
  await page.reload();
  await expect(webhookBadge(page)).toHaveText("Needs attention");
  await expect(webhookRow(page).getByRole("status").first()).toContainText("410 Gone");
  await expect(webhookRow(page).getByRole("status").first()).toContainText("held");
  const sent = endpoint.events.length;
  await configure(page);
  const dialog = new WebhookDialog(page);
  await dialog.press("Test connection");
  await expect(dialog.told).toContainText("410 Gone");
  expect(endpoint.events, "switched off: not even a test event").toHaveLength(sent);

  endpoint.status = 204;
  await dialog.press("Save");
  await expect(webhookBadge(page)).toHaveText("Connected");
  await expect(shownSecret(page.locator("body"))).toHaveCount(0);
  for (const id of [waiting, gone]) await api.until(id, "delivered", "webhook");
  await webhookRow(page).getByText("History of changes").click();
  const changes = webhookRow(page).locator(".history li");
  // The second save of connecting, and this one.
  await expect(changes.filter({ hasText: /^Changed by Olive Owner/ })).toHaveCount(2);
  await expect(changes.filter({ hasText: /^Works again/ })).toHaveCount(1);
});

test("the secret is replaced: both are valid, until the old one is ended", async ({ page, api, endpoint }) => {
  await api.connectWebhook(endpoint);
  const old = [...endpoint.secrets];
  await page.goto(INTEGRATIONS);
  await webhookRow(page).getByRole("button", { name: "Create a new secret" }).click();
  const secret = shownSecret(webhookRow(page));
  await expect(secret).toBeVisible();
  await expectAccessible(page, "with a new secret");
  const fresh = [(await secret.textContent()) ?? ""];
  expect(fresh).not.toEqual(old);
  await expect(webhookRow(page)).toContainText("Events are signed with the old secret too, until");
  await expect(webhookRow(page).getByRole("button", { name: "Create a new secret" })).toHaveCount(0);

  // A program may know either of them, or both.
  for (const secrets of [old, fresh, [...old, ...fresh]]) {
    endpoint.secrets = secrets;
    await api.until(await api.handOver(), "delivered", "webhook");
  }
  expect(endpoint.forged).toBe(1);

  await webhookRow(page).getByRole("button", { name: "End the old secret now" }).click();
  await expect(toasts(page)).toHaveText("The old signing secret is no longer valid.");
  await expect(webhookRow(page).getByRole("button", { name: "Create a new secret" })).toBeVisible();
  endpoint.secrets = old;
  await api.until(await api.handOver(), "held", "webhook");
  expect(endpoint.forged).toBe(2);
  endpoint.secrets = fresh;
  await configure(page);
  await new WebhookDialog(page).press("Save");
  await expect(webhookBadge(page)).toHaveText("Connected");
  await expect.poll(() => endpoint.of("handover.created").length).toBe(4);
});

test("a URL that leads inside is rejected at its field", async ({ page, endpoint }) => {
  const dialog = await openWebhook(page);
  for (const [url, why] of [
    ["", "Enter the URL"],
    ["https://10.0.0.1/convi", "This URL does not lead to the public internet."],
    ["https://shop.example:22/", "Port 22 is not allowed."],
    ["ftp://shop.example/", "The URL must start with https://."],
  ] as const) {
    await dialog.url.fill(url);
    await dialog.press("Save");
    await expect(dialog.all.locator(".field-error:visible")).toContainText(why);
    await expect(dialog.url).toBeFocused();
  }
  await dialog.connect(endpoint);
});

test("after disconnecting one, handovers go to the other", async ({ page, api, account, endpoint }) => {
  await api.connectWebhook(endpoint);
  await api.connect(account.credentials);
  await page.goto(INTEGRATIONS);
  await expect(row(page)).toContainText("New handovers go to Webhook.");
  await api.handOver();
  await expect.poll(() => endpoint.of("handover.created").length).toBe(1);

  await webhookRow(page).getByRole("button", { name: "Disconnect", exact: true }).click();
  await expect(page.getByRole("dialog")).toContainText("New handovers will go to Gorgias instead.");
  await page.getByRole("dialog").getByRole("button", { name: "Disconnect", exact: true }).click();
  await expect(row(page)).toContainText("Handovers go here");
  await api.handOver();
  await expect.poll(async () => (await account.tickets()).length).toBe(1);

  await api.connectWebhook(endpoint);
  await api.disconnect();
  await api.handOver();
  await expect.poll(() => endpoint.of("handover.created").length).toBe(2);
  expect(await account.tickets()).toHaveLength(1);
});

test("the whole job with the keyboard only, on a narrow screen", async ({ page, endpoint }) => {
  await page.setViewportSize({ width: 375, height: 740 });
  await page.goto(INTEGRATIONS);
  await tabTo(page, webhookRow(page).getByRole("button", { name: "Connect" }));
  await page.keyboard.press("Enter");
  const dialog = new WebhookDialog(page);
  await expect(dialog.url).toBeFocused();
  await expectNoSideways(page, "connect dialog");
  await page.keyboard.type(endpoint.url);
  await tabTo(page, dialog.button("Save"));
  await page.keyboard.press("Enter");
  await expect(dialog.secret).toBeInViewport();
  await expectNoSideways(page, "connect dialog with the secret");
  endpoint.secrets = [(await dialog.secret.textContent()) ?? ""];
  await expect(dialog.button("Done")).toBeFocused();
  await tabTo(page, dialog.button("Copy"), "Shift+Tab");
  await tabTo(page, dialog.button("Done"));
  await page.keyboard.press("Enter");
  await expect(dialog.all).toHaveCount(0);
  await expect(webhookRow(page).getByRole("button", { name: "Configure" })).toBeFocused();
  await page.keyboard.press("Enter");
  await tabTo(page, dialog.button("Save"));
  await page.keyboard.press("Enter");
  await expect(webhookBadge(page)).toHaveText("Connected");
  await tabTo(page, webhookRow(page).getByRole("button", { name: "Create a new secret" }));
  await page.keyboard.press("Enter");
  await expect(shownSecret(webhookRow(page))).toBeVisible();
  await expectNoSideways(page, "the row with a new secret");
  await tabTo(page, webhookRow(page).getByRole("button", { name: "End the old secret now" }));
  await page.keyboard.press("Enter");
  await expect(toasts(page)).toHaveText("The old signing secret is no longer valid.");
  await tabTo(page, webhookRow(page).getByRole("button", { name: "Disconnect" }), "Shift+Tab");
  await page.keyboard.press("Enter");
  const question = page.getByRole("dialog");
  await tabTo(page, question.getByRole("button", { name: "Disconnect" }), "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(webhookRow(page).getByRole("button", { name: "Connect" })).toBeFocused();
});

test.describe("a member", () => {
  test.use({ role: "member" });

  test("a member sees the webhook and can change nothing", async ({ page, api, endpoint }) => {
    await api.connectWebhook(endpoint);
    await page.goto(`${INTEGRATIONS}?connect=webhook`);
    // The rest of the URL may contain a token.
    await expect(webhookRow(page)).toContainText(`${new URL(endpoint.url).origin}/…`);
    expect(await page.content()).not.toContain("secret-in-the-url");
    for (const name of ["Configure", "Disconnect", "Create a new secret"]) {
      await expect(webhookRow(page).getByRole("button", { name, exact: true })).toBeDisabled();
    }
    await expect(page.getByRole("dialog")).toHaveCount(0);
  });
});

/** From Connect to Disconnect without the module. */
async function everything(page: Page, endpoint: Endpoint, sends: () => Promise<unknown>): Promise<void> {
  await page.goto(INTEGRATIONS);
  await webhookRow(page).getByRole("button", { name: "Connect", exact: true }).click();
  const dialog = new WebhookDialog(page);
  await dialog.url.fill("https://10.0.0.1/");
  await dialog.press("Test connection");
  await expect(dialog.all.locator(".field-error:visible")).toContainText("This URL does not lead to the public internet.");
  await expect(dialog.url).toHaveValue("https://10.0.0.1/");
  await dialog.connect(endpoint);
  await expect(dialog.all.locator(".dialog-foot").getByRole("button")).toHaveText(["Done"]);
  await expect(dialog.button("Done")).toBeFocused();
  await dialog.press("Done");
  await expect(dialog.all).toBeHidden();
  await page.goto(INTEGRATIONS);
  await expect(shownSecret(page.locator("body"))).toHaveCount(0);
  await configure(page);
  await dialog.press("Save");
  await expect(toasts(page)).toHaveText(SAVED);
  await expect(webhookBadge(page)).toHaveText("Connected");
  await sends();
  await expect.poll(() => endpoint.of("handover.created").length).toBe(1);

  await webhookRow(page).getByRole("button", { name: "Create a new secret" }).click();
  await expect(dialog.secret).toBeVisible();
  await expect(dialog.button("Done")).toBeFocused();
  endpoint.secrets.push((await dialog.secret.textContent()) ?? "");
  await dialog.press("Done");
  await expect(dialog.all).toBeHidden();
  await page.goto(INTEGRATIONS);
  await webhookRow(page).getByRole("button", { name: "End the old secret now" }).click();
  await expect(toasts(page)).toHaveText("The old signing secret is no longer valid.");
  endpoint.secrets.shift();
  await sends();
  await expect.poll(() => endpoint.of("handover.created").length).toBe(2);
  await disconnect(page);
}

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false, live: false });

  test("everything works without a script", async ({ page, api, endpoint }) => {
    await everything(page, endpoint, () => api.handOver());
  });
});

test.describe("without the module", () => {
  test.use({ live: false });

  test("everything works before the module has loaded", async ({ page, api, endpoint }) => {
    await page.route("**/pkg/*.wasm", (route) => route.abort());
    await everything(page, endpoint, () => api.handOver());
  });
});

for (const mode of MODES) {
  for (const module of ["with the module", "without the module"]) {
    embedded(`a panel (${mode}) shows the secret once, ${module}`, async ({ page, visit, endpoint }) => {
      if (module === "without the module") await page.route("**/pkg/*.wasm", (route) => route.abort());
      await visit(`?mode=${mode}`);
      const screen = panel(page, mode);
      if (module === "with the module") await expect(live(page, mode)).toBeAttached();
      const webhook = screen.getByRole("region", { name: "Webhook", exact: true });
      await webhook.getByRole("button", { name: "Connect" }).click();
      const dialog = screen.getByRole("dialog");
      await dialog.getByRole("textbox", { name: "URL" }).fill(endpoint.url);
      await dialog.getByRole("button", { name: "Save" }).click();
      const secret = dialog.locator("code").filter({ hasText: /^whsec_/ });
      await expect(secret).toBeVisible();
      endpoint.secrets = [(await secret.textContent()) ?? ""];
      await expect(dialog.locator(".dialog-foot").getByRole("button")).toHaveText(["Done"]);
      await expect(dialog.getByRole("button", { name: "Done" })).toBeFocused();
      await page.keyboard.press("Enter");
      await expect(dialog).toHaveCount(0);
      await webhook.getByRole("button", { name: "Configure" }).click();
      await expect(dialog.locator(".dialog-foot").getByRole("button")).toHaveText(["Test connection", "Save", "Cancel"]);
      await dialog.getByRole("button", { name: "Test connection" }).click();
      await expect(dialog).toContainText("Connection successful!");
    });
  }
}

const LANGUAGES = {
  de: ["Verbinden", "Speichern", "Fertig", "Neues Geheimnis erstellen", "Altes Geheimnis jetzt beenden"],
  fr: ["Connecter", "Enregistrer", "Terminé", "Créer un nouveau secret", "Désactiver l’ancien secret maintenant"],
} as const;
for (const [locale, [connect, save, done, create, end]] of Object.entries(LANGUAGES)) {
  test.describe(`a browser that asks for ${locale}`, () => {
    test.use({ locale });

    test(`the webhook in ${locale}`, async ({ page, endpoint }) => {
      await page.setViewportSize({ width: 375, height: 740 });
      await page.goto(INTEGRATIONS);
      await webhookRow(page).getByRole("button", { name: connect, exact: true }).click();
      const dialog = new WebhookDialog(page);
      await dialog.url.fill(endpoint.url);
      await dialog.press(save);
      await expect(dialog.secret).toBeVisible();
      await expect(dialog.all.locator(".dialog-foot").getByRole("button")).toHaveText([done]);
      await expectNoSideways(page, `the secret in ${locale}`);
      await dialog.press(done);
      await webhookRow(page).getByRole("button", { name: create, exact: true }).click();
      await webhookRow(page).getByRole("button", { name: end, exact: true }).click();
      await expect(webhookRow(page).getByRole("button", { name: create, exact: true })).toBeVisible();
      await expectNoSideways(page, `the row in ${locale}`);
    });
  });
}
