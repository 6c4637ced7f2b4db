// The embedded screen before its module has loaded, when it loads, and if it never does.

import type { Page, Route } from "@playwright/test";

import { connectButton, connectToSave, heard, inside, live, MODES, panel, test } from "./support/embedded.ts";
import { POLICY } from "./support/host.ts";
import { expect } from "./support/test.ts";

/** Holds the module back. Returns a function that releases it. */
async function held(page: Page): Promise<() => void> {
  let go = () => {};
  const may = new Promise<void>((done) => (go = done));
  await page.route("**/pkg/*.wasm", async (route) => {
    await may;
    await route.continue();
  });
  return go;
}

/** Marks every visible node, so that new nodes can be detected. */
const mark = (page: Page, mode: string) =>
  inside(page, mode).evaluate(() => {
    const box = (document.querySelector("convi-integrations")?.shadowRoot ?? document).querySelector(".convi");
    const walker = document.createTreeWalker(box as Node);
    const marked = new Set<Node>();
    while (walker.nextNode()) marked.add(walker.currentNode);
    Object.assign(window, { marked, box });
  });

/** Returns visible elements and texts that did not exist when the nodes were marked. */
const anew = (page: Page, mode: string) =>
  inside(page, mode).evaluate(() => {
    const { marked, box } = window as unknown as { marked: Set<Node>; box: Node };
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!marked.has(node) && node.textContent) found.push(node instanceof Element ? node.outerHTML : node.textContent);
    }
    return found;
  });

for (const mode of MODES) {
  test.describe(`mode ${mode}`, () => {
    test("everything works before the module has loaded", async ({ page, visit, account, api }) => {
      await held(page);
      await visit(`?mode=${mode}`);
      const screen = panel(page, mode);
      await connectToSave(screen, account.credentials);
      expect((await api.integration()).state).toBe("connected");
      await screen.getByRole("button", { name: "Disconnect" }).click();
      const dialog = screen.getByRole("dialog");
      await expect(dialog).toContainText("Are you sure you want to disconnect Gorgias?");
      await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
      await page.keyboard.press("Escape");
      await expect(dialog).toHaveCount(0);
      await expect(screen.getByRole("button", { name: "Disconnect" })).toBeFocused();
      await screen.getByRole("button", { name: "Disconnect" }).click();
      await dialog.getByRole("button", { name: "Disconnect" }).click();
      await expect(screen.locator(".badge").first()).toHaveText("Not connected");
      await expect(screen.locator(".toasts")).toContainText("Gorgias integration disconnected successfully.");
      await screen.getByRole("button", { name: "Dismiss" }).click();
      await expect(screen.locator(".toast")).toBeHidden();
      await expect(live(page, mode)).toHaveCount(0);

      const helpdesk = "gorgias";
      const details = async (name: string) => (await heard(page, name)).map(({ detail }) => detail);
      expect(await details("convi-ready")).toHaveLength(1);
      expect(await details("convi-test-result")).toEqual([
        { helpdesk, ok: false, problem: "bad_credentials" },
        { helpdesk, ok: true },
      ]);
      expect(await details("convi-connected")).toEqual([{ helpdesk }]);
      expect(await details("convi-disconnected")).toEqual([{ helpdesk }]);
      expect(await details("convi-error")).toEqual([]);
    });

    test("the module takes over without disturbing typing", async ({ page, visit, account }) => {
      const go = await held(page);
      await visit(`?mode=${mode}`);
      const screen = panel(page, mode);
      await connectButton(screen).click();
      const dialog = screen.getByRole("dialog");
      const [subdomain, username, key] = [
        dialog.getByLabel("Gorgias subdomain"),
        dialog.getByLabel("Username (Email)"),
        dialog.getByLabel("API key", { exact: true }),
      ];
      await subdomain.fill(account.credentials.subdomain);
      await key.fill("a-key");
      await dialog.getByRole("button", { name: "Show API key" }).click();
      await username.focus();
      await page.keyboard.type("jane@shop.test");
      for (let left = 0; left < ".test".length; left += 1) await page.keyboard.press("Shift+ArrowLeft");
      await mark(page, mode);
      go();
      await expect(live(page, mode)).toBeAttached();
      await expect(username).toBeFocused();
      const selected = await username.evaluate(({ selectionStart, selectionEnd, selectionDirection }: HTMLInputElement) => [
        selectionStart,
        selectionEnd,
        selectionDirection,
      ]);
      expect(selected).toEqual(["jane@shop".length, "jane@shop.test".length, "backward"]);
      await page.keyboard.type(".example");
      await expect(username).toHaveValue("jane@shop.example");
      await expect(subdomain).toHaveValue(account.credentials.subdomain);
      await expect(key).toHaveValue("a-key");
      await expect(key).toHaveAttribute("type", "text");
      await expect(dialog.getByRole("button", { name: "Hide API key" })).toBeVisible();
      expect(await dialog.evaluate((it) => it.matches(":modal"))).toBe(true);
      // Except for the link that follows what is typed, and the times in the reader's time zone.
      expect((await anew(page, mode)).filter((it) => !/Settings → REST API/.test(it))).toEqual([]);
      await dialog.getByRole("button", { name: "Hide API key" }).click();
      await expect(key).toHaveAttribute("type", "password");
      await dialog.getByRole("button", { name: "Test connection" }).click();
      await expect(dialog.locator(".told")).toContainText("Connection failed.");
      expect(await heard(page, "convi-test-result")).toHaveLength(1);
    });

    test("a test in flight while the module loads still gets its answer", async ({ page, visit, account }) => {
      const go = await held(page);
      await visit(`?mode=${mode}`);
      const screen = panel(page, mode);
      await connectButton(screen).click();
      const dialog = screen.getByRole("dialog");
      await dialog.getByLabel("Gorgias subdomain").fill(account.credentials.subdomain);
      await dialog.getByLabel("Username (Email)").fill(account.credentials.username);
      await dialog.getByLabel("API key", { exact: true }).fill(account.credentials.key);
      await account.fault({ kind: "delay", seconds: 3, method: "GET", path: "/api/account", times: 1 });
      const button = dialog.getByRole("button", { name: "Test connection" });
      await button.click();
      await expect(button).toHaveAttribute("aria-busy", "true");
      await mark(page, mode);
      const came = page.waitForResponse("**/pkg/*.wasm");
      go();
      await came;
      // Pressing another button sends nothing.
      await dialog.getByRole("button", { name: "Save" }).click();
      await expect(dialog.locator(".told")).toContainText("Connection successful!");
      await expect(live(page, mode)).toBeAttached();
      await expect(dialog.locator(".told")).toContainText("Connection successful!");
      await expect(dialog.getByLabel("API key", { exact: true })).toHaveValue(account.credentials.key);
      expect(await heard(page, "convi-test-result")).toHaveLength(1);
      expect(await heard(page, "convi-connected")).toEqual([]);
      // A change clears the result, as it does with the module.
      await dialog.getByLabel("API key", { exact: true }).press("x");
      await expect(dialog.locator(".told")).toBeEmpty();
      await page.keyboard.press("Backspace");
      await dialog.getByRole("button", { name: "Save" }).click();
      await expect(screen.locator(".badge").first()).toHaveText("Connected");
    });

    const MISSING: Record<string, (route: Route) => Promise<void>> = {
      "that never loads": (route) => route.abort("connectionrefused"),
      "that loads incompletely": (route) =>
        route.fulfill({
          contentType: "application/wasm",
          headers: { "access-control-allow-origin": "*" },
          body: Buffer.from([0, 97, 115, 109, 1, 0, 0]),
        }),
    };
    for (const [name, missing] of Object.entries(MISSING)) {
      test(`everything works with a module ${name}`, async ({ page, visit, account }) => {
        await page.route("**/pkg/*.wasm", missing);
        await visit(`?mode=${mode}`);
        await page.waitForRequest("**/pkg/*.wasm");
        await connectToSave(panel(page, mode), account.credentials);
        await expect(page.locator("convi-integrations").getByRole("alert")).toHaveCount(0);
        expect(await heard(page, "convi-error")).toEqual([]);
      });
    }

    test("a module that does not come at once is asked for again", async ({ page, visit }) => {
      await page.clock.install();
      let asked = 0;
      await page.route("**/pkg/*.wasm", (route) => ((asked += 1) > 2 ? route.continue() : route.abort()));
      await visit(`?mode=${mode}`);
      await expect(connectButton(panel(page, mode))).toBeVisible();
      await expect
        .poll(async () => {
          await page.clock.fastForward(30_000);
          return live(page, mode).count();
        })
        .toBe(1);
      expect(asked).toBe(3);
      expect(await heard(page, "convi-error")).toEqual([]);
    });

    test("a module that fails as it takes over gets a second chance", async ({ page, visit, account }) => {
      await page.route(/\/pkg\/panel-\w+\.js(\?|$)/, async (route) => {
        const answer = await route.fetch();
        const start = /export function hydrate\(.*\{/;
        const text = await answer.text();
        expect(text).toMatch(start);
        const fails = 'if (!self.failed) { self.failed = true; throw new WebAssembly.RuntimeError("unreachable"); }';
        return route.fulfill({ response: answer, body: text.replace(start, (it) => `${it} ${fails}`) });
      });
      await visit(`?mode=${mode}`);
      await expect(live(page, mode)).toBeAttached();
      expect(await inside(page, mode).evaluate(() => "failed" in self)).toBe(true);
      await connectToSave(panel(page, mode), account.credentials);
      expect(await heard(page, "convi-ready")).toHaveLength(1);
      expect(await heard(page, "convi-error")).toEqual([]);
    });

    test("an invalid value shows its error at the field, and text typed in the meantime stays", async ({ page, visit }) => {
      await held(page);
      await visit(`?mode=${mode}&locale=de`);
      const screen = panel(page, mode);
      await screen.locator("#open-gorgias").click();
      const dialog = screen.getByRole("dialog");
      await dialog.getByLabel("Gorgias-Subdomain").fill("https://Your-Store.gorgias.com/app");
      await dialog.getByLabel("Benutzername (E-Mail)").fill("jane");
      await dialog.getByRole("button", { name: "Verbindung testen" }).click();
      await expect(dialog.getByText("Geben Sie den API-Schlüssel ein.")).toBeVisible();
      await expect(dialog.getByLabel("Benutzername (E-Mail)")).toBeFocused();
      await expect(dialog.getByLabel("Gorgias-Subdomain")).toHaveValue("your-store");
      await expect(dialog.getByLabel("Benutzername (E-Mail)")).toHaveValue("jane");
      // Closed and opened again, the dialog starts afresh.
      await page.keyboard.press("Escape");
      await screen.locator("#open-gorgias").click();
      await expect(dialog.getByLabel("Gorgias-Subdomain")).toHaveValue("");
      await expect(dialog.locator("[aria-invalid]")).toHaveCount(0);
    });
  });
}

test("a page that does not allow WASM still shows the screen", async ({ page, visit, account, problems }) => {
  const policy = (convi: string) => POLICY(convi).replace(" 'wasm-unsafe-eval'", "");
  await visit("?mode=inline", { policy });
  await connectToSave(panel(page, "inline"), account.credentials);
  await expect(page.locator("convi-integrations").getByRole("alert")).toHaveCount(0);
  expect(await heard(page, "convi-error")).toEqual([]);
  // This test provokes the browser's report.
  problems.splice(0, problems.length, ...problems.filter((it) => !/content security policy/i.test(it)));
});
