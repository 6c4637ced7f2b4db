// Accessibility of the embedded screen in each state, theme and mode: small screens, large text, forced colours,
// reduced motion and no mouse.

import type { Page } from "@playwright/test";

import { expectFrameAccessible } from "./support/axe.ts";
import { connectButton, inside, live, MODES, panel, test } from "./support/embedded.ts";
import { bare, expectFits, moving, small } from "./support/root.ts";
import { expect } from "./support/test.ts";

const THEMES = ["light", "dark"] as const;

/** Checks the page in each theme of host and element. */
async function look(page: Page, mode: string, what: string): Promise<void> {
  for (const theme of THEMES) {
    const behind = await page.evaluate((theme) => {
      document.documentElement.dataset["theme"] = theme;
      for (const it of document.querySelectorAll("convi-integrations")) it.setAttribute("theme", theme);
      return getComputedStyle(document.documentElement).backgroundColor;
    }, theme);
    // If it could not start there is no frame: the sentence is the element's own.
    if (mode === "frame" && (await page.locator("convi-integrations iframe").count()) > 0) {
      const root = panel(page, mode).locator("html");
      await expect(root).toHaveAttribute("data-theme", theme);
      // The panel is transparent, and axe does not see through it, so it is told the background.
      await root.evaluate((it, behind) => it.style.setProperty("background", behind), behind);
    }
    const frame = inside(page, mode);
    // Wait until the new colours are drawn and their transitions have ended.
    await frame.evaluate(async () => {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      const shadow = document.querySelector("convi-integrations")?.shadowRoot;
      const moving = [document, ...(shadow ? [shadow] : [])].flatMap((root) => root.getAnimations());
      await Promise.allSettled(moving.map((it) => it.finished));
    });
    await expectFrameAccessible(frame, `${what}, ${theme}`);
  }
}

for (const mode of MODES) {
  test.describe(`mode ${mode}`, () => {
    test("axe finds no violations from the first visit to the disconnect dialog", async ({ page, visit, account }) => {
      // Many checks, each with axe in both themes.
      test.slow();
      // Colours in transition have a different contrast.
      await page.emulateMedia({ reducedMotion: "reduce" });
      const screen = panel(page, mode);
      const row = screen.getByRole("region", { name: "Gorgias", exact: true });
      const dialog = screen.getByRole("dialog");
      const { subdomain, username, key } = account.credentials;

      await visit(`?mode=${mode}`);
      await expect(row.locator(".badge")).toHaveText("Not connected");
      await look(page, mode, "not connected");
      await row.getByRole("button", { name: "Connect" }).click();
      await dialog.getByRole("button", { name: "Test connection" }).click();
      await expect(dialog.getByText("Enter the API key.")).toBeVisible();
      await look(page, mode, "errors in the dialog");
      await dialog.getByLabel("Gorgias subdomain").fill(subdomain);
      await dialog.getByLabel("Username (Email)").fill(username);
      await dialog.getByLabel("API key", { exact: true }).fill("wrong");
      await dialog.getByRole("button", { name: "Test connection" }).click();
      await expect(dialog.locator(".told")).toContainText("Connection failed.");
      await look(page, mode, "a test that failed");
      await dialog.getByLabel("API key", { exact: true }).fill(key);
      await dialog.getByRole("button", { name: "Show API key" }).click();
      await dialog.getByRole("button", { name: "Test connection" }).click();
      await expect(dialog.locator(".told")).toContainText("Connection successful!");
      await look(page, mode, "a test that passed, the key shown");
      await dialog.getByRole("button", { name: "Save" }).click();
      await expect(screen.locator(".toasts")).toContainText("Helpdesk integration saved successfully.");
      await look(page, mode, "connected, with a message");
      await row.getByRole("button", { name: "Disconnect" }).click();
      await expect(dialog).toContainText("Are you sure you want to disconnect Gorgias?");
      await look(page, mode, "the question before a disconnect");
    });

    test("axe finds no violations in error states", async ({ page, visit, account, api }) => {
      await page.emulateMedia({ reducedMotion: "reduce" });
      const screen = panel(page, mode);
      await api.connect(account.credentials);
      await api.handOverUntil("delivered", { summary: "Where is my invoice?" });
      await account.revokeKey();
      await api.handOverUntil("held", { summary: "Is my parcel lost?" });
      await visit(`?mode=${mode}`);
      const row = screen.getByRole("region", { name: "Gorgias", exact: true });
      await expect(row.locator(".badge")).toHaveText("Needs attention");
      await expect(screen.getByText("Is my parcel lost?")).toBeVisible();
      await look(page, mode, "needs attention, with handovers");
      expect(await small(screen.locator(".panel")), "smaller than 24 px (WCAG 2.5.8)").toEqual([]);

      await visit(`?mode=${mode}`, { token: async () => "no.such.token" });
      await expect(screen.getByRole("alert").getByText("Sign-in to Convi failed.")).toBeVisible();
      await look(page, mode, "a token that is refused");
      // A start that fails completely: the sentence is the element's own.
      await page.route("**/pkg/{host,inline}-*.js", (route) => route.abort("connectionrefused"));
      await visit(`?mode=${mode}`);
      await expect(page.locator("convi-integrations").getByText("Convi could not load.")).toBeVisible();
      await look(page, mode, "a start that failed");
      expect(await small(page.locator("convi-integrations").getByRole("alert"))).toEqual([]);
    });

    for (const [name, size, text] of [
      ["320 px wide", { width: 320, height: 640 }, 100],
      ["text at 200 %", { width: 1280, height: 800 }, 200],
    ] as const) {
      test(`everything fits: ${name}`, async ({ page, visit, account, api }) => {
        await page.setViewportSize(size);
        await visit(`?mode=${mode}`);
        const screen = panel(page, mode);
        const content = screen.locator(".panel");
        const dialog = screen.getByRole("dialog");
        await connectButton(screen).waitFor();
        if (text !== 100) {
          // The reader's font size in the browser settings. A frame of another site has its own process.
          const frame = page.frames().find((it) => it.url().includes("/embed/v1/frame"));
          const size = () => content.evaluate((it) => parseFloat(getComputedStyle(it).fontSize));
          const before = await size();
          for (const target of frame ? [page, frame] : [page]) {
            const devtools = await page.context().newCDPSession(target);
            const pixels = (16 * text) / 100;
            await devtools.send("Page.setFontSizes", { fontSizes: { standard: pixels, fixed: pixels } });
          }
          await expect.poll(size).toBeCloseTo((before * text) / 100);
        }
        await expectFits(content, "not connected");
        await connectButton(screen).click();
        await dialog.getByRole("button", { name: "Test connection" }).click();
        await expect(dialog.getByText("Enter the API key.")).toBeVisible();
        await expectFits(content, "errors in the dialog");
        await dialog.getByLabel("Gorgias subdomain").fill(account.credentials.subdomain);
        await dialog.getByLabel("Username (Email)").fill(account.credentials.username);
        await dialog.getByLabel("API key", { exact: true }).fill(account.credentials.key);
        await dialog.getByRole("button", { name: "Test connection" }).click();
        await expect(dialog.getByText("Connection successful!")).toBeInViewport();
        await expectFits(content, "a result");
        expect(await small(content), "smaller than 24 px (WCAG 2.5.8)").toEqual([]);
        await dialog.getByRole("button", { name: "Save" }).click();
        await expect(screen.locator(".badge").first()).toHaveText("Connected");
        await api.handOverUntil("delivered", { summary: "Where is my invoice?" });
        await expect(screen.getByText("Where is my invoice?")).toBeVisible();
        await expectFits(content, "connected, with a handover and a message");
        await screen.getByRole("button", { name: "Disconnect" }).click();
        await expect(dialog.getByRole("button", { name: "Disconnect" })).toBeInViewport();
        await expectFits(content, "the question");
      });
    }

    test("forced colours keep every edge visible, and reduced motion is respected", async ({ page, visit }) => {
      await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
      let go = () => {};
      const seen = new Promise<void>((done) => {
        go = done;
      });
      await page.route("**/embed/v1/panel", async (route) => {
        await seen;
        await route.continue();
      });
      await visit(`?mode=${mode}`);
      const screen = panel(page, mode);
      const content = screen.locator(".panel");
      await expect(screen.locator(".skeleton")).toBeVisible();
      expect(await moving(content), "while it loads").toEqual([]);
      // Make sure that the check sees motion where there is some.
      await page.emulateMedia({ forcedColors: "active", reducedMotion: "no-preference" });
      await expect.poll(() => moving(content)).not.toEqual([]);
      await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
      go();
      await connectButton(screen).click();
      await screen.getByRole("dialog").getByLabel("Gorgias subdomain").waitFor();
      expect(await moving(content), "with the dialog").toEqual([]);
      expect(await content.evaluate(() => matchMedia("(forced-colors: active)").matches)).toBe(true);
      expect(await bare(content)).toEqual([]);
      const outline = () =>
        screen.getByLabel("Gorgias subdomain").evaluate((it) => getComputedStyle(it).outlineStyle);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Shift+Tab");
      expect(await outline(), "where the focus is").not.toBe("none");
    });

    test("the key can be pasted, hidden and shown, and password managers ignore it", async ({ page, visit, account }) => {
      await visit(`?mode=${mode}`);
      const screen = panel(page, mode);
      // The link to the key's page follows what is typed.
      await expect(live(page, mode)).toBeAttached();
      // Copied elsewhere, such as from Gorgias' own page.
      await page.evaluate((key) => {
        const input = document.createElement("input");
        input.id = "elsewhere";
        input.value = ` ${key} `;
        document.querySelector("nav")?.append(input);
      }, account.credentials.key);
      await page.locator("#elsewhere").focus();
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Control+C");
      await connectButton(screen).click();
      const dialog = screen.getByRole("dialog");
      const field = dialog.getByLabel("API key", { exact: true });
      await expect(field).toHaveAttribute("type", "password");
      await expect(field).toHaveAttribute("autocomplete", "new-password");
      await expect(dialog.getByLabel("Username (Email)")).toHaveAttribute("autocomplete", "email");
      await dialog.getByLabel("Gorgias subdomain").fill(account.credentials.subdomain);
      await dialog.getByLabel("Username (Email)").fill(account.credentials.username);
      // No mouse from here on.
      await page.keyboard.press("Tab");
      await expect(field).toBeFocused();
      await page.keyboard.press("Control+V");
      await expect(field).toHaveValue(` ${account.credentials.key} `);
      await page.keyboard.press("Tab");
      await expect(dialog.getByRole("button", { name: "Show API key" })).toBeFocused();
      await page.keyboard.press("Space");
      await expect(field).toHaveAttribute("type", "text");
      await page.keyboard.press("Enter");
      await expect(field).toHaveAttribute("type", "password");
      // Past the link to the key's page.
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await expect(dialog.getByRole("button", { name: "Test connection" })).toBeFocused();
      await page.keyboard.press("Enter");
      await expect(dialog.locator(".told")).toHaveText("Connection successful!");
    });
  });
}
