// A merchant who reads German or French gets the screen in that language, and loads no other catalogue.

import type { Page } from "@playwright/test";

import { expectAccessible } from "./support/axe.ts";
import { MODES, panel, test as embedded } from "./support/embedded.ts";
import { INTEGRATIONS, NOTIFICATIONS, openDialog, recent, row } from "./support/screen.ts";
import { expectNoSideways } from "./support/sideways.ts";
import { expect, test } from "./support/test.ts";

const CATALOGUE = /\/pkg\/(de|fr)-[^/]+\.json$/;

/** Collects the catalogues that the page and its frames request from now on. */
function catalogues(page: Page): string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    const found = CATALOGUE.exec(request.url())?.[1];
    if (found) asked.push(found);
  });
  return asked;
}

/** Returns how the browser itself formats the time of a `<time>` element. */
function written(page: Page, locale: string, moment: string): Promise<string> {
  return page.evaluate(
    ([locale, moment]) =>
      new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(moment)),
    [locale, moment] as const,
  );
}

test.describe("a browser that asks for German", () => {
  test.use({ locale: "de-DE", timezoneId: "Europe/Berlin" });

  test("gets the whole screen in German, from Connect to Disconnect", async ({ page, account, api }) => {
    const asked = catalogues(page);
    await page.goto(INTEGRATIONS);
    await expect(page.locator("html")).toHaveAttribute("lang", "de");
    await expect(page).toHaveTitle("Integrationen · Convi");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Integrationen");
    await expect(row(page).getByText("Nicht verbunden", { exact: true })).toBeVisible();

    await row(page).getByRole("button", { name: "Verbinden", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Gorgias verbinden" });
    await dialog.getByRole("button", { name: "Speichern" }).click();
    await expect(dialog).toContainText("Geben Sie Ihre Gorgias-Subdomain ein.");
    await expect(dialog).toContainText("Geben Sie den API-Schlüssel ein.");
    await dialog.getByLabel("Gorgias-Subdomain").fill(account.credentials.subdomain);
    await dialog.getByLabel("Benutzername (E-Mail)").fill(account.credentials.username);
    const key = dialog.getByLabel("API-Schlüssel", { exact: true });
    await key.fill("wrong");
    await dialog.getByRole("button", { name: "API-Schlüssel anzeigen" }).click();
    await dialog.getByRole("button", { name: "Verbindung testen" }).click();
    await expect(dialog).toContainText("Verbindung fehlgeschlagen. Bitte prüfen Sie Ihre Zugangsdaten");
    await expect(dialog).toContainText("Gorgias akzeptiert diese E-Mail-Adresse nicht zusammen mit diesem Schlüssel.");
    await key.fill(account.credentials.key);
    await dialog.getByRole("button", { name: "Verbindung testen" }).click();
    await expect(dialog).toContainText("Verbindung erfolgreich!");
    await dialog.getByRole("button", { name: "Speichern" }).click();
    await expect(page.locator(".toasts")).toContainText("Helpdesk-Integration erfolgreich gespeichert.");
    await expect(row(page).getByText("Verbunden", { exact: true })).toBeVisible();

    await api.handOver({ summary: "Wo ist meine Rechnung?" });
    const list = page.getByRole("region", { name: "Letzte Übergaben" });
    await expect(list).toContainText("Ticket erstellt");
    const time = list.locator("time").first();
    const moment = (await time.getAttribute("datetime")) ?? "";
    await expect(time).toHaveText(await written(page, "de-DE", moment));

    await row(page).getByRole("button", { name: "Trennen" }).click();
    const question = page.getByRole("dialog", { name: "Gorgias trennen" });
    await expect(question).toContainText("Möchten Sie Gorgias wirklich trennen?");
    await question.getByRole("button", { name: "Trennen" }).click();
    await expect(page.locator(".toasts")).toContainText("Gorgias-Integration erfolgreich getrennt.");
    expect(new Set(asked), "one language and no other").toEqual(new Set(["de"]));
  });

  test("gets a screen that fits 320 px and is accessible, with longer words", async ({ page, account, api }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(INTEGRATIONS);
    await row(page).getByRole("button", { name: "Verbinden", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Gorgias-Subdomain").fill(account.credentials.subdomain);
    await dialog.getByLabel("Benutzername (E-Mail)").fill(account.credentials.username);
    await dialog.getByLabel("API-Schlüssel", { exact: true }).fill("wrong");
    await dialog.getByRole("button", { name: "Verbindung testen" }).click();
    await expect(dialog).toContainText("Verbindung fehlgeschlagen.");
    await expectNoSideways(page, "connect dialog");
    await expectAccessible(page, "connect dialog in German");
    await dialog.getByLabel("API-Schlüssel", { exact: true }).fill(account.credentials.key);
    await dialog.getByRole("button", { name: "Speichern" }).click();
    await expect(row(page).getByText("Verbunden", { exact: true })).toBeVisible();
    await account.revokeKey();
    await api.handOverUntil("held");
    await page.goto(INTEGRATIONS);
    await expect(row(page).getByText("Handlungsbedarf", { exact: true })).toBeVisible();
    await expect(row(page)).toContainText("1 Übergabe wird zurückgehalten.");
    await expectNoSideways(page, "integrations");
    await expectAccessible(page, "integrations in German");
    await page.goto(NOTIFICATIONS);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Benachrichtigungen");
    await expectNoSideways(page, "notifications");
  });
});

test("the language can be chosen on the page, and the choice lasts", async ({ page, context }) => {
  const asked = catalogues(page);
  await page.goto(NOTIFICATIONS);
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  const menu = page.locator("details.viewer");
  await menu.locator("summary").click();
  await menu.getByRole("button", { name: "Français" }).click();
  await expect(page.locator("html[data-hydrated]")).toHaveAttribute("lang", "fr");
  await expect(page).toHaveURL(new RegExp(`${NOTIFICATIONS}$`));
  await expect(page.getByLabel("E-mail de l’équipe")).toBeVisible();
  // By the router, and by a new page.
  await page.getByRole("link", { name: "Intégrations" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Intégrations");
  await page.reload();
  await expect(page.getByRole("heading", { level: 2, name: "Transferts récents" })).toBeVisible();
  expect(new Set(asked)).toEqual(new Set(["fr"]));
  const cookie = (await context.cookies()).find(({ name }) => name === "lang");
  expect(cookie).toMatchObject({ value: "fr", httpOnly: true, sameSite: "Lax" });

  await menu.locator("summary").click();
  await menu.getByRole("button", { name: "English" }).click();
  await expect(page.locator("html[data-hydrated]")).toHaveAttribute("lang", "en");
});

test("English loads no catalogue", async ({ page, api }) => {
  const asked = catalogues(page);
  await api.handOver({ summary: "Where is my invoice?" });
  const dialog = await openDialog(page);
  await expect(dialog.all).toContainText("Your Gorgias subdomain is a part of the Base API URL");
  const time = recent(page).locator("time").first();
  await expect(time).toHaveText(await written(page, "en-GB", (await time.getAttribute("datetime")) ?? ""));
  expect(asked).toEqual([]);
});

test.describe("without WASM", () => {
  test.use({ javaScriptEnabled: false, live: false, locale: "fr-FR" });

  test("the language is the browser's until a different one is chosen", async ({ page }) => {
    await page.goto(INTEGRATIONS);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Intégrations");
    await page.locator("details.viewer summary").click();
    await page.getByRole("button", { name: "Deutsch" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Integrationen");
    await row(page).getByRole("button", { name: "Verbinden", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Speichern" }).click();
    await expect(page.getByRole("dialog")).toContainText("Geben Sie Ihre Gorgias-Subdomain ein.");
  });
});

for (const mode of MODES) {
  embedded(`a host asks for French, mode ${mode}`, async ({ page, visit, account, api }) => {
    const asked = catalogues(page);
    await visit(`?mode=${mode}&locale=fr-CA`);
    const screen = panel(page, mode);
    const gorgias = screen.getByRole("region", { name: "Gorgias", exact: true });
    await expect(gorgias.locator(".badge")).toHaveText("Non connecté");
    const lang = mode === "frame" ? screen.locator("html") : screen.locator(".convi-inline");
    await expect(lang).toHaveAttribute("lang", "fr-CA");
    await gorgias.getByRole("button", { name: "Connecter" }).click();
    const dialog = screen.getByRole("dialog", { name: "Connecter Gorgias" });
    await dialog.getByRole("button", { name: "Tester la connexion" }).click();
    await expect(dialog).toContainText("Saisissez votre sous-domaine Gorgias.");
    await dialog.getByLabel("Sous-domaine Gorgias").fill(account.credentials.subdomain);
    await dialog.getByLabel("Nom d’utilisateur (e-mail)").fill(account.credentials.username);
    await dialog.getByLabel("Clé API", { exact: true }).fill(account.credentials.key);
    await dialog.getByRole("button", { name: "Enregistrer" }).click();
    await expect(screen.locator(".toasts")).toContainText("Intégration du helpdesk enregistrée.");
    await expect(gorgias.locator(".badge")).toHaveText("Connecté");

    await api.handOver({ summary: "Où est ma facture ?" });
    const list = screen.getByRole("region", { name: "Transferts récents" });
    await expect(list).toContainText("Ticket créé");
    const time = list.locator("time").first();
    await expect(time).toHaveText(await written(page, "fr-CA", (await time.getAttribute("datetime")) ?? ""));
    expect(asked).toEqual(["fr"]);
  });

  embedded(`what goes wrong before the panel is there is said in its language, mode ${mode}`, async ({ page, visit, embedded }) => {
    const convi = (url: URL) => url.origin === embedded.url;
    await page.route(convi, (route) =>
      route.request().url().endsWith("/convi-integrations.js") ? route.continue() : route.abort(),
    );
    await visit(`?mode=${mode}&locale=de-AT`);
    const element = page.locator("convi-integrations");
    await expect(element.getByRole("alert")).toContainText(`Convi ist unter ${embedded.url} nicht erreichbar.`);
    await page.unroute(convi);
    await element.getByRole("button", { name: "Erneut versuchen" }).click();
    await expect(panel(page, mode).locator("#open-gorgias")).toBeVisible();
  });

  embedded(`a host asks for nothing we speak, mode ${mode}`, async ({ page, visit }) => {
    const asked = catalogues(page);
    await visit(`?mode=${mode}&locale=es`);
    const gorgias = panel(page, mode).getByRole("region", { name: "Gorgias", exact: true });
    await expect(gorgias.locator(".badge")).toHaveText("Not connected");
    expect(asked).toEqual([]);
  });
}
