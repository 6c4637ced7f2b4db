// The page before its module has loaded, when it loads, and if it never does: nothing of it is a new page.

import type { Page, Response } from "@playwright/test";

import { badge, ConnectDialog, INTEGRATIONS, row, toasts } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

test.use({ live: false });

/** Opens the page without its module. Returns a function that lets it load. */
async function opened(page: Page, path = INTEGRATIONS): Promise<() => void> {
  let go = () => {};
  const may = new Promise<void>((done) => (go = done));
  await page.route("**/pkg/*.wasm", async (route) => {
    await may;
    await route.continue();
  });
  await page.goto(path, { waitUntil: "domcontentloaded" });
  // Pressed before its script, the button would open a new page.
  await page.evaluate(() => Object.assign(window, { same: true }));
  return go;
}

/** Whether it is still the document that was opened first. */
const same = (page: Page) => page.evaluate(() => "same" in window);

const live = (page: Page) => page.locator("html[data-hydrated]");

async function connect(page: Page): Promise<ConnectDialog> {
  await row(page).getByRole("button", { name: "Connect", exact: true }).click();
  const dialog = new ConnectDialog(page);
  await expect(dialog.subdomain).toBeFocused();
  return dialog;
}

const posted = (page: Page): Promise<Response> =>
  page.waitForResponse((response) => response.request().method() === "POST");

/** From Connect to Disconnect. */
async function everything(page: Page, { credentials }: { credentials: { subdomain: string; username: string; key: string } }) {
  const dialog = await connect(page);
  expect(await dialog.all.evaluate((it) => it.matches(":modal"))).toBe(true);
  await dialog.fill({ ...credentials, subdomain: `https://${credentials.subdomain}.gorgias.com/app`, key: "wrong" });
  await dialog.test();
  await expect(dialog.told).toContainText("Connection failed. Please check your credentials and try again.");
  await expect(dialog.subdomain).toHaveValue(credentials.subdomain);
  await expect(dialog.key).toHaveValue("wrong");
  await dialog.fill({ key: credentials.key });
  await dialog.button("Show API key").click();
  await expect(dialog.key).toHaveAttribute("type", "text");
  await dialog.test();
  await expect(dialog.told).toHaveText("Connection successful!");
  await dialog.button("Hide API key").click();
  await expect(dialog.key).toHaveValue(credentials.key);
  await dialog.save();
  await expect(toasts(page)).toHaveText("Helpdesk integration saved successfully.");
  await expect(badge(page, "Connected")).toBeVisible();
  await expect(row(page).getByRole("button", { name: "Configure" })).toBeFocused();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect(page.locator(".toast")).toBeHidden();
  // Closed without a request to the server.
  await row(page).getByRole("button", { name: "Disconnect" }).click();
  const question = page.getByRole("dialog");
  await expect(question).toContainText("Are you sure you want to disconnect Gorgias?");
  await page.keyboard.press("Escape");
  await expect(question).toHaveCount(0);
  await expect(row(page).getByRole("button", { name: "Disconnect" })).toBeFocused();
  await row(page).getByRole("button", { name: "Disconnect" }).click();
  await question.getByRole("button", { name: "Disconnect" }).click();
  await expect(toasts(page)).toHaveText("Gorgias integration disconnected successfully.");
  await expect(badge(page, "Not connected")).toBeVisible();
}

test("everything works before the module has loaded, and goes on working with it", async ({ page, account, api }) => {
  const go = await opened(page);
  await everything(page, account);
  expect(await same(page)).toBe(true);
  await expect(live(page)).toHaveCount(0);
  expect((await api.integration()).state).toBe("not_connected");
  const dialog = await connect(page);
  await dialog.fill({ ...account.credentials, key: "wrong" });
  await dialog.test();
  await expect(dialog.told).toContainText("Connection failed.");
  await dialog.fill({ key: account.credentials.key });
  await dialog.button("Show API key").click();
  await dialog.username.focus();
  for (let left = 0; left < 4; left += 1) await page.keyboard.press("Shift+ArrowLeft");
  const selection = () => dialog.username.evaluate((it: HTMLInputElement) => [it.selectionStart, it.selectionEnd, it.selectionDirection]);
  const selected = await selection();
  // What is there is kept.
  await dialog.all.evaluate((it) => Object.assign(window, { kept: it }));
  go();
  await expect(live(page)).toBeAttached();
  expect(await dialog.all.evaluate((it) => it.matches(":modal") && "kept" in window && it === window.kept)).toBe(true);
  await expect(dialog.username).toBeFocused();
  expect(await selection()).toEqual(selected);
  await expect(dialog.username).toHaveValue(account.credentials.username);
  await expect(dialog.key).toHaveValue(account.credentials.key);
  await expect(dialog.key).toHaveAttribute("type", "text");
  await expect(dialog.button("Hide API key")).toBeVisible();
  await expect(dialog.told).toContainText("Connection failed.");
  // A change clears the result.
  await dialog.key.press("End");
  await page.keyboard.type("x");
  await expect(dialog.told).toBeEmpty();
  await page.keyboard.press("Backspace");
  await dialog.test();
  await expect(dialog.told).toHaveText("Connection successful!");
  await dialog.save();
  await expect(toasts(page)).toHaveText("Helpdesk integration saved successfully.");
  await expect(badge(page, "Connected")).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  expect(await same(page)).toBe(true);
  expect(page.url()).toMatch(new RegExp(`${INTEGRATIONS}$`));
});

test("a test in flight while the module loads still gets its answer", async ({ page, account }) => {
  const go = await opened(page);
  const dialog = await connect(page);
  await dialog.fill(account.credentials);
  await account.fault({ kind: "delay", seconds: 3, method: "GET", path: "/api/account", times: 1 });
  const answer = posted(page);
  await dialog.test();
  await expect(dialog.button("Test connection")).toHaveAttribute("aria-busy", "true");
  const came = page.waitForResponse("**/pkg/*.wasm");
  go();
  await came;
  await dialog.key.press("End");
  await page.keyboard.type("x");
  await page.keyboard.press("Backspace");
  await answer;
  await expect(dialog.told).toHaveText("Connection successful!");
  await expect(live(page)).toBeAttached();
  await expect(dialog.told).toHaveText("Connection successful!");
  await expect(dialog.key).toHaveValue(account.credentials.key);
  await expect(dialog.key).toBeFocused();
  await dialog.save();
  await expect(badge(page, "Connected")).toBeVisible();
});

test("a dialog that was closed before the module came stays closed", async ({ page, account }) => {
  for (const path of [INTEGRATIONS, `${INTEGRATIONS}?connect=gorgias`]) {
    const go = await opened(page, path);
    const dialog = path === INTEGRATIONS ? await connect(page) : new ConnectDialog(page);
    // Closed while a test is in flight: its result comes too late.
    await dialog.fill(account.credentials);
    const answer = posted(page);
    await dialog.test();
    await dialog.button("Cancel").click();
    await answer;
    go();
    await expect(live(page)).toBeAttached();
    await expect(dialog.all).toHaveCount(0);
    await connect(page);
    await page.unroute("**/pkg/*.wasm");
  }
});

test("a message says that Convi cannot be reached, and nothing is lost", async ({ page, context, account }) => {
  const go = await opened(page);
  const dialog = await connect(page);
  await dialog.fill(account.credentials);
  await context.setOffline(true);
  await dialog.test();
  await expect(dialog.told).toHaveText("Convi cannot be reached right now. Check your network.");
  await context.setOffline(false);
  await expect(dialog.key).toHaveValue(account.credentials.key);
  await dialog.test();
  await expect(dialog.told).toHaveText("Connection successful!");
  go();
  await expect(live(page)).toBeAttached();
  await expect(dialog.told).toHaveText("Connection successful!");
});

test("someone whose session has ended is asked to sign in", async ({ page, context }) => {
  await opened(page);
  await context.clearCookies();
  await row(page).getByRole("button", { name: "Connect", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
});

for (const [name, answer] of Object.entries({
  "that is blocked": null,
  "that is broken": { contentType: "application/wasm", body: "not a module" },
})) {
  test(`everything works with a module ${name}`, async ({ page, account }) => {
    const asked: string[] = [];
    await page.route("**/pkg/*.wasm", (route) => {
      asked.push(route.request().url());
      return answer ? route.fulfill(answer) : route.abort();
    });
    await page.goto(INTEGRATIONS);
    await everything(page, account);
    expect(asked).not.toEqual([]);
    await expect(live(page)).toHaveCount(0);
  });
}

test("a module that does not come at once is asked for again", async ({ page }) => {
  await page.clock.install();
  let refused = 0;
  await page.route("**/pkg/*.wasm", (route) => ((refused += 1) > 2 ? route.continue() : route.abort()));
  await page.goto(INTEGRATIONS);
  await expect.poll(() => refused).toBeGreaterThan(0);
  await expect
    .poll(async () => {
      await page.clock.fastForward(30_000);
      return live(page).count();
    })
    .toBe(1);
  expect(refused).toBeGreaterThan(2);
});
