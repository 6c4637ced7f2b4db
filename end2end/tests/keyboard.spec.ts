// The whole job with a keyboard, and what a screen reader announces on the way.

import { onCreate } from "./support/gorgias.ts";
import { expectFocusSeen, tabTo } from "./support/keyboard.ts";
import {
  ConnectDialog,
  handoverOf,
  INTEGRATIONS,
  openDialog,
  openQuestion,
  recent,
  row,
  toasts,
} from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

test("connect, test, save and disconnect with the keyboard only", async ({ page, account, api }) => {
  const { subdomain, username, key } = account.credentials;
  await page.goto(INTEGRATIONS);
  await tabTo(page, row(page).getByRole("button", { name: "Connect" }));
  await page.keyboard.press("Enter");

  // The first field has the focus, the others follow in display order.
  const dialog = new ConnectDialog(page);
  await expect(dialog.subdomain).toBeFocused();
  await page.keyboard.type(subdomain);
  await page.keyboard.press("Tab");
  await expect(dialog.username).toBeFocused();
  await page.keyboard.type(username);
  await page.keyboard.press("Tab");
  await expect(dialog.key).toBeFocused();
  await page.keyboard.type(key);
  await page.keyboard.press("Tab");
  await expect(dialog.button("Show API key")).toBeFocused();
  await page.keyboard.press("Space");
  await expect(dialog.key).toHaveAttribute("type", "text");
  await expect(dialog.button("Hide API key")).toBeFocused();

  await tabTo(page, dialog.button("Test connection"));
  await page.keyboard.press("Enter");
  await expect(dialog.told).toHaveText("Connection successful!");
  // The focus stays on the button, also while it was busy.
  await expect(dialog.button("Test connection")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(dialog.button("Save")).toBeFocused();
  await page.keyboard.press("Space");
  await expect(toasts(page)).toHaveText("Helpdesk integration saved successfully.");
  await expect(row(page).getByRole("button", { name: "Configure" })).toBeFocused();
  await expectFocusSeen(page);

  await page.keyboard.press("Tab");
  await expect(row(page).getByRole("button", { name: "Disconnect" })).toBeFocused();
  await page.keyboard.press("Enter");
  const question = page.getByRole("dialog");
  await expect(question.getByRole("button", { name: "Cancel" })).toBeFocused();
  await tabTo(page, question.getByRole("button", { name: "Disconnect" }), "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(toasts(page)).toContainText("Gorgias integration disconnected successfully.");
  await expect(row(page).getByRole("button", { name: "Connect" })).toBeFocused();
  expect((await api.integration()).state).toBe("not_connected");
});

test("the focus stays in the dialog, and everything behind it is unreachable", async ({ page }) => {
  const dialog = await openDialog(page);
  const visited = new Set<string>();
  for (let step = 0; step < 12; step += 1) {
    await page.keyboard.press("Tab");
    const place = await page.evaluate(() => {
      const element = document.activeElement;
      // After the last element comes the browser itself, which the page sees as its body.
      if (!element || element === document.body) {
        return "browser";
      }
      return element.closest("dialog") ? (element.id || (element as HTMLElement).innerText) : "outside";
    });
    visited.add(place);
  }
  expect([...visited]).not.toContain("outside");
  expect([...visited]).toEqual(expect.arrayContaining(["connect-username", "connect-api-key", "Save", "connect-closes"]));
  expect(await dialog.all.evaluate((it) => it.matches(":modal"))).toBe(true);
});

test("the first stop skips the navigation", async ({ page }) => {
  await page.goto(INTEGRATIONS);
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(row(page).getByRole("button", { name: "Connect" })).toBeFocused();
});

test("everything in the dialog has a name and a description", async ({ page }) => {
  const { all } = await openDialog(page);
  await expect(all).toMatchAriaSnapshot(`
    - dialog "Connect Gorgias":
      - /children: equal
      - heading "Connect Gorgias" [level=2]
      - button "Close"
      - text: Gorgias subdomain
      - textbox "Gorgias subdomain":
        - /placeholder: mystore
      - paragraph: Your Gorgias subdomain is a part of the Base API URL
      - text: Username (Email)
      - textbox "Username (Email)"
      - text: API key
      - textbox "API key"
      - button "Show API key"
      - paragraph: Where do I find these? Gorgias → Settings → REST API
      - button "Test connection"
      - button "Save"
      - button "Cancel"
  `);
});

test("the buttons of a handover name the handover", async ({ page, api, account }) => {
  await api.connect(account.credentials);
  await account.fault({ kind: "status", status: 413, ...onCreate, times: 2 });
  for (const summary of ["Is my parcel lost?", "Where is my invoice?"]) {
    await api.handOverUntil("failed", { summary });
  }
  await page.goto(INTEGRATIONS);
  for (const summary of ["Is my parcel lost?", "Where is my invoice?"]) {
    await expect(handoverOf(page, summary).getByRole("button", { name: "Retry" })).toHaveAccessibleDescription(summary);
  }
});

test("live regions announce what happens", async ({ page, account, api }) => {
  const dialog = await openDialog(page);
  // Screen readers do not announce a region that appears together with its text.
  for (const region of [dialog.told, toasts(page)]) {
    await expect(region).toHaveAttribute("role", "status");
    await expect(region).toBeEmpty();
    await region.evaluate((it) => it.setAttribute("data-test-was-there", ""));
  }
  await dialog.fill({ ...account.credentials, key: "wrong" });
  await dialog.test();
  await expect(dialog.told).toContainText("Connection failed. Please check your credentials and try again.");
  await expect(dialog.told).toHaveAttribute("data-test-was-there");
  await dialog.fill(account.credentials);
  await dialog.save();
  await expect(toasts(page)).toHaveText("Helpdesk integration saved successfully.");
  await expect(toasts(page)).toHaveAttribute("data-test-was-there");

  // New handovers are announced as a number, because the rows say who and what.
  const news = recent(page).locator("p[role=status]");
  await expect(news).toBeEmpty();
  await api.handOver();
  await expect(news).toHaveText("1 new handover");
});

test("an error is announced at its field, as long as it lasts", async ({ page }) => {
  const dialog = await openDialog(page);
  await dialog.test();
  await expect(dialog.username).toHaveAttribute("aria-invalid", "true");
  await expect(dialog.username).toHaveAccessibleDescription("Enter an email address.");
  await expect(dialog.subdomain).toHaveAccessibleDescription(
    "Enter your Gorgias subdomain. Your Gorgias subdomain is a part of the Base API URL",
  );
  await dialog.fill({ username: "jane@example.com" });
  await expect(dialog.username).toHaveAccessibleDescription("");
});

test("a message can be dismissed", async ({ page, account, api }) => {
  await api.connect(account.credentials);
  const question = await openQuestion(page);
  await question.getByRole("button", { name: "Disconnect" }).click();
  await tabTo(page, toasts(page).getByRole("button", { name: "Dismiss" }));
  await page.keyboard.press("Enter");
  await expect(toasts(page)).toBeEmpty();
});

test("a message disappears by itself, but not while it has the pointer or the focus", async ({ page, account, api }) => {
  await api.connect(account.credentials);
  await page.clock.install();
  const dialog = await openDialog(page, "Configure");
  await dialog.save();
  await expect(toasts(page)).toHaveText("Helpdesk integration saved successfully.");
  await expect(row(page).getByRole("button", { name: "Configure" })).toBeFocused();
  await toasts(page).getByRole("button", { name: "Dismiss" }).focus();
  await page.clock.runFor(30_000);
  await expect(toasts(page)).toHaveText("Helpdesk integration saved successfully.");
  await row(page).getByRole("button", { name: "Configure" }).focus();
  await page.clock.runFor(8_100);
  await expect(toasts(page)).toBeEmpty();
});

for (const opener of ["Configure", "Disconnect"]) {
  test(`the focus does not jump back if it has moved on while the dialog of ${opener} closes`, async ({ page, account, api }) => {
    await api.connect(account.credentials);
    await page.goto(INTEGRATIONS);
    await row(page).getByRole("button", { name: opener }).click();
    const dialog = page.getByRole("dialog");
    // The page handles the close event after this script, which moves the focus in between.
    await dialog.evaluate((it: HTMLDialogElement) => {
      it.close();
      document.querySelector<HTMLElement>("nav a")?.focus();
    });
    await expect(dialog).toHaveCount(0);
    await expect(page.locator("nav a").first()).toBeFocused();
  });
}
