// "No seam": the embedded screen behaves like a part of the host page.

import type { Frame, Locator } from "@playwright/test";

import { connectButton, heard, live, MODES, panel, test } from "./support/embedded.ts";
import { expect } from "./support/test.ts";

type Screen = ReturnType<typeof panel>;

/** Opens the dialog by its button. */
async function open(screen: Screen): Promise<Locator> {
  await connectButton(screen).click();
  const dialog = screen.getByRole("dialog");
  await expect(dialog.getByLabel("Gorgias subdomain")).toBeFocused();
  return dialog;
}

for (const mode of MODES) {
  test.describe(`mode ${mode}`, () => {
    test("a token that expires while someone types is renewed without disturbing them", async ({
      page,
      visit,
      embedded,
      merchant,
    }) => {
      let asked = 0;
      await visit(`?mode=${mode}`, {
        token: () => {
          asked += 1;
          return embedded.token(merchant, "owner", `Owner ${asked}`);
        },
      });
      const dialog = await open(panel(page, mode));
      const username = dialog.getByLabel("Username (Email)");
      await username.focus();
      await page.keyboard.type("owner@a-sh.example");
      for (let left = 0; left < ".example".length; left += 1) await page.keyboard.press("ArrowLeft");
      await expect(username).toHaveValue("owner@a-sh.example");
      expect(asked).toBe(1);
      // The list polls every few seconds. Its next poll finds that the token has expired.
      let refused = 0;
      await page.route("**/v1/handovers?*", (route) => {
        refused += 1;
        const headers = { "access-control-allow-origin": route.request().headers()["origin"] ?? "*" };
        const json = { kind: "signed_out" };
        return refused === 1 ? route.fulfill({ status: 401, json, headers }) : route.continue();
      });
      await page.keyboard.type("o");
      await expect.poll(() => refused).toBeGreaterThanOrEqual(2);
      await page.keyboard.type("p");
      expect(asked).toBe(2);
      await expect(username).toBeFocused();
      await expect(username).toHaveValue("owner@a-shop.example");
      await expect(panel(page, mode).getByText("signed out")).toHaveCount(0);
      expect(await heard(page, "convi-error")).toEqual([]);
    });

    test("a link to a Convi page opens it", async ({ page, context, visit }) => {
      await visit(`?mode=${mode}`);
      const opened = context.waitForEvent("page");
      await panel(page, mode).getByRole("link", { name: "All handovers" }).click();
      const own = await opened;
      // There, the browser is not signed in yet.
      await expect(own.getByRole("heading", { level: 1 })).toHaveText("Sign in");
    });

    test("a network failure is reported calmly, and nothing is lost once it is over", async ({
      page,
      context,
      visit,
      account,
    }) => {
      await visit(`?mode=${mode}`);
      const screen = panel(page, mode);
      await expect(live(page, mode)).toBeAttached();
      const dialog = await open(screen);
      const { subdomain, username, key } = account.credentials;
      await dialog.getByLabel("Gorgias subdomain").fill(subdomain);
      await dialog.getByLabel("Username (Email)").fill(username);
      await dialog.getByLabel("API key", { exact: true }).fill(key);
      await context.setOffline(true);
      await dialog.getByRole("button", { name: "Test connection" }).click();
      await expect(dialog.locator(".told")).toContainText("No connection.");
      await expect(screen.getByText("You are offline. The list updates again when you are back online.")).toBeVisible();
      await context.setOffline(false);
      await expect(screen.getByText("You are offline.")).toHaveCount(0);
      await expect(dialog.getByLabel("API key", { exact: true })).toHaveValue(key);
      await dialog.getByRole("button", { name: "Test connection" }).click();
      await expect(dialog.locator(".told")).toHaveText("Connection successful!");
      // The host hears nothing of it: the screen was visible all the time.
      expect(await heard(page, "convi-error")).toEqual([]);
    });

    test("Escape closes our dialog but none of the host's, and restores the focus", async ({ page, visit }) => {
      await visit(`?mode=${mode}`);
      const screen = panel(page, mode);
      await connectButton(screen).waitFor();
      // A host that shows its settings in its own dialog, and has a drawer that Escape closes.
      await page.evaluate(() => {
        const dialog = document.createElement("dialog");
        dialog.id = "host";
        dialog.setAttribute("aria-label", "Settings of the host");
        document.body.append(dialog);
        dialog.append(document.querySelector("convi-integrations") as Element);
        dialog.showModal();
        const escapes: string[] = [];
        Object.assign(window, { escapes });
        document.addEventListener("keydown", ({ key }) => key === "Escape" && escapes.push("document"));
        document.addEventListener("keydown", ({ key }) => key === "Escape" && escapes.push("capture"), true);
        window.addEventListener("keyup", ({ key }) => key === "Escape" && escapes.push("keyup"));
      });
      const escapes = () => page.evaluate(() => (window as unknown as { escapes: string[] }).escapes);
      const host = page.locator("#host");
      const connect = connectButton(screen);
      await expect(connect).toBeVisible();
      const ours = await open(screen);
      await page.keyboard.press("Escape");
      await expect(screen.locator("dialog")).toHaveCount(0);
      await expect(connect).toBeFocused();
      // Also when nothing in it has the focus.
      await connect.press("Enter");
      await expect(ours.getByLabel("Gorgias subdomain")).toBeFocused();
      await ours.getByRole("heading", { name: "Connect Gorgias" }).click();
      await page.keyboard.press("Escape");
      await expect(ours).toHaveCount(0);
      expect(await host.evaluate((it: HTMLDialogElement) => it.open)).toBe(true);
      expect(await escapes()).toEqual([]);
      // Without our dialog, Escape belongs to the host again.
      await page.evaluate(() => {
        (document.activeElement as HTMLElement | null)?.blur();
        (document.querySelector("#host") as HTMLElement).focus();
      });
      await page.keyboard.press("Escape");
      await expect(host).toBeHidden();
      expect(await escapes()).toEqual(["capture", "document", "keyup"]);
    });

    test("actions in the panel add no history entries, and Back belongs to the host", async ({ page, visit, host }) => {
      await visit(`?mode=${mode}`);
      await page.getByRole("link", { name: "Home" }).click();
      await page.getByRole("link", { name: "Settings" }).click();
      const steps = () => page.evaluate(() => history.length);
      const before = await steps();
      const screen = panel(page, mode);
      const dialog = await open(screen);
      // A form that is sent, rejected at its fields, and closed in every way.
      await dialog.getByRole("button", { name: "Test connection" }).click();
      await expect(dialog.getByText("Enter the API key.")).toBeVisible();
      await dialog.getByRole("button", { name: "Cancel" }).click();
      await (await open(screen)).getByRole("button", { name: "Close" }).click();
      await expect(screen.getByRole("dialog")).toHaveCount(0);
      expect(await steps()).toBe(before);
      await page.goBack();
      await expect(page).toHaveURL(`${host.url}/?mode=${mode}`);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Home");
      await page.goForward();
      await expect(connectButton(screen)).toBeVisible();
    });

    test("the host's background shows through in every theme", async ({ page, visit }) => {
      // A pixel of the background, as a picture.
      const point = (x: number, y: number) => page.screenshot({ clip: { x, y, width: 1, height: 1 } });
      for (const [system, theme] of [
        ["light", "dark"],
        ["dark", "light"],
      ] as const) {
        await page.emulateMedia({ colorScheme: system });
        await visit(`?mode=${mode}&theme=${theme}`);
        // Between two cards, and next to the element.
        const rows = panel(page, mode).locator(".rows");
        await rows.waitFor();
        const box = await rows.boundingBox();
        if (!box) throw new Error("there are no rows");
        const y = Math.round(box.y + box.height) + 8;
        const inside = await point(Math.round(box.x) + 40, y);
        expect(inside.equals(await point(8, y)), `${theme} where ${system} is preferred`).toBe(true);
      }
    });

    test("nothing shifts the layout: not the start, not the dialog, not its messages", async ({ page, visit, account }) => {
      await page.addInitScript(() => {
        const jumps: string[] = [];
        Object.assign(window, { jumps });
        interface Shift extends PerformanceEntry {
          value: number;
          sources: { node?: Element | null }[];
        }
        const saw = (list: PerformanceObserverEntryList) => {
          for (const { value, sources } of list.getEntries() as Shift[]) {
            jumps.push(`${value}: ${sources.map(({ node }) => node?.outerHTML?.slice(0, 80)).join(", ")}`);
          }
        };
        new PerformanceObserver(saw).observe({ type: "layout-shift", buffered: true });
      });
      await visit(`?mode=${mode}&count=2`);
      const screen = page.locator("convi-integrations").first();
      const content = mode === "frame" ? screen.locator("iframe").contentFrame() : screen;
      await expect.poll(async () => (await heard(page, "convi-ready")).length).toBe(2);
      const jumps = (frame: Frame) =>
        frame.evaluate(async () => {
          // After two frames the browser has reported everything it has drawn.
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
          return (window as unknown as { jumps: string[] }).jumps;
        });
      // The first of them, because a hidden frame draws nothing.
      const own = mode === "frame" && (await (await screen.locator("iframe").elementHandle())?.contentFrame());
      const still = async (when: string) => {
        expect(await jumps(page.mainFrame()), `in the host's page, ${when}`).toEqual([]);
        if (own) expect(await jumps(own), `in the panel, ${when}`).toEqual([]);
      };
      await still("at the start");
      // Pressed by script, because shifts after a person's press are not counted.
      const press = (name: string, within: Screen | Locator = content) =>
        within.getByRole("button", { name, exact: true }).first().dispatchEvent("click");
      await press("Connect");
      const dialog = content.getByRole("dialog");
      await dialog.getByLabel("Gorgias subdomain").waitFor();
      await still("with the dialog");
      await press("Cancel", dialog);
      await expect(dialog).toHaveCount(0);
      await still("after the dialog");
      await press("Connect");
      await dialog.getByLabel("Gorgias subdomain").fill(account.credentials.subdomain);
      await dialog.getByLabel("Username (Email)").fill(account.credentials.username);
      await dialog.getByLabel("API key", { exact: true }).fill("wrong");
      // A slow response comes long after the press.
      await account.fault({ kind: "delay", seconds: 1, method: "GET", path: "/api/account", times: 1 });
      // To a tenth of a pixel: positions in a frame have rounding errors.
      const place = async () => {
        const top = (await dialog.boundingBox())?.y ?? 0;
        return [await page.evaluate(() => scrollY), top.toFixed(1)];
      };
      // On a busy machine it may still be animating.
      await dialog.evaluate((it) => Promise.all(it.getAnimations({ subtree: true }).map(({ finished }) => finished)));
      const before = await place();
      await press("Test connection", dialog);
      await expect(dialog.locator(".told")).toContainText("Connection failed.");
      await expect(dialog.locator(".told")).toBeInViewport();
      // The dialog's footer makes room for its message. Nothing else moves, and the host page is not scrolled.
      expect(await place()).toEqual(before);
      // Make sure that the check sees a shift.
      await page.evaluate(() => {
        const wedge = document.createElement("div");
        wedge.textContent = "wedge";
        document.querySelector("main")?.prepend(wedge);
      });
      await expect.poll(() => jumps(page.mainFrame())).not.toEqual([]);
    });
  });
}
