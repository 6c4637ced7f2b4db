// Connecting Gorgias: the texts, the results of a test, and saving.

import type { Fault } from "./support/gorgias.ts";
import { badge, ConnectDialog, INTEGRATIONS, openDialog, recent, row, toasts } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";
import { actions } from "./support/traffic.ts";

const SUCCESS = "Connection successful!";
const FAILURE = "Connection failed. Please check your credentials and try again.";
/** No field is wrong, so there are no credentials to check. */
const NO_FIELD = "Connection failed.";
const SAVED = "Helpdesk integration saved successfully.";

const onTest = { method: "GET", path: "/api/account" } as const;

test("the row of a helpdesk that is not connected", async ({ page }) => {
  await page.goto(INTEGRATIONS);
  const headings = row(page).getByRole("heading");
  await expect(headings).toHaveCount(1);
  await expect(headings).toHaveText(/^Gorgias$/);
  await expect(row(page).locator(".badge")).toHaveText("Not connected");
  await expect(row(page).getByRole("button")).toHaveText(["Connect"]);
  await expect(recent(page)).toContainText("No handovers yet");
  await expect(recent(page)).toContainText(
    "When a conversation is handed over to a person, it appears here with its ticket.",
  );
});

test("the navigation", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveURL(INTEGRATIONS);
  const nav = page.getByRole("navigation", { name: "Main" });
  await expect(nav.getByRole("list", { name: "Settings" }).getByRole("link")).toHaveText([
    "Integrations",
    "Notifications",
  ]);
  await expect(nav.getByRole("link", { name: "Integrations" })).toHaveAttribute("aria-current", "page");
  await nav.getByRole("link", { name: "Notifications" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Notifications");
  await expect(nav.getByRole("link", { name: "Notifications" })).toHaveAttribute("aria-current", "page");
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Integrations");
});

test("the words of the dialog", async ({ page, gorgias }) => {
  const { all, subdomain, username, key } = await openDialog(page);
  await expect(all).toHaveAccessibleName("Connect Gorgias");
  await expect(all.locator("label")).toHaveText([/^Gorgias subdomain$/, /^Username \(Email\)$/, /^API key$/]);
  await expect(subdomain).toHaveAttribute("placeholder", "mystore");
  await expect(subdomain).toHaveAccessibleDescription("Your Gorgias subdomain is a part of the Base API URL");
  await expect(username).toHaveAccessibleDescription("");
  await expect(username).toHaveAttribute("placeholder", "");
  await expect(key).toHaveAttribute("type", "password");
  await expect(key).toHaveAttribute("placeholder", "");
  await expect(all.locator(".dialog-foot").getByRole("button")).toHaveText([
    "Test connection",
    "Save",
    "Cancel",
  ]);
  const where = all.getByText("Where do I find these?").locator("..");
  await expect(where).toHaveText("Where do I find these? Gorgias → Settings → REST API");
  await expect(where.getByRole("link")).toHaveCount(0);
  await subdomain.fill("Your-Store");
  await expect(where.getByRole("link", { name: "Gorgias → Settings → REST API" })).toHaveAttribute(
    "href",
    `${gorgias.url}/your-store/app/settings/rest-api`,
  );
  await subdomain.fill("your store");
  await expect(where.getByRole("link")).toHaveCount(0);
});

test("a passed test says so, and saves nothing", async ({ page, account, api }) => {
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.test();
  await expect(dialog.told).toHaveText(SUCCESS);
  expect((await api.integration()).state).toBe("not_connected");
  const asked = await account.requests();
  expect(asked.map(({ method }) => method)).not.toContain("POST");
  expect(asked.map(({ path, user }) => ({ path, user }))).toContainEqual({
    path: "/api/users/0",
    user: account.credentials.username,
  });
  // The result belonged to the previous values.
  await dialog.username.fill("somebody@else.test");
  await expect(dialog.told).toBeEmpty();
});

/** A fault, the headline, and the line below it. */
const FAULTS: [string, Fault, string, RegExp][] = [
  ["rate limited", { kind: "status", status: 429 }, NO_FIELD, /^Gorgias is limiting requests from this account\. Try again in \d+ seconds\.$/],
  ["broken off", { kind: "drop_before_commit" }, NO_FIELD, /could not be reached \(the connection was lost\)\. Check the subdomain/],
  ["in trouble", { kind: "status", status: 503, html: true }, NO_FIELD, /^Gorgias is having trouble right now\./],
  ["not Gorgias's words", { kind: "garbage_body" }, FAILURE, /answered, but it does not look like Gorgias\. Check the subdomain\.$/],
  [
    "somewhere else",
    { kind: "redirect", status: 302, location: "https://evil.example/api/account" },
    FAILURE,
    /answered, but it does not look like Gorgias\. Check the subdomain\.$/,
  ],
  [
    "a quota",
    { kind: "status", status: 403, message: "Messaging quota exceeded." },
    NO_FIELD,
    /^Your Gorgias plan's quota is used up\. Gorgias says: Messaging quota exceeded\.$/,
  ],
  ["forbidden", { kind: "status", status: 403 }, FAILURE, /Give them a role that can create tickets/],
];

test("each failure of Gorgias in a test has its own sentence", async ({ page, account, api }) => {
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  for (const [what, fault, headline, line] of FAULTS) {
    await account.fault({ ...fault, ...onTest, times: 1 });
    await dialog.test();
    const sentences = dialog.told.getByRole("paragraph");
    await expect(sentences, what).toHaveText([headline, line]);
  }
  expect((await api.integration()).state).toBe("not_connected");
});

test("each mistake that a merchant can make has its own sentence", async ({ page, account }) => {
  const dialog = await openDialog(page);
  const sentences = dialog.told.getByRole("paragraph");

  await dialog.fill({ ...account.credentials, key: "another-key" });
  await dialog.test();
  await expect(sentences).toHaveText([FAILURE, /^Gorgias rejected this email address and API key\./]);

  await dialog.fill({ ...account.credentials, subdomain: `${account.credentials.subdomain}-not` });
  await dialog.test();
  await expect(sentences).toHaveText([FAILURE, /^There is no Gorgias account at .*-not\.gorgias\.com\./]);

  await account.setRole("observer-agent");
  await dialog.fill(account.credentials);
  await dialog.test();
  await expect(sentences).toHaveText([FAILURE, /^This key belongs to an Observer, who cannot create tickets\./]);

  // An unknown role passes.
  await account.setRole("chief-wizard");
  await dialog.test();
  await expect(dialog.told).toHaveText(SUCCESS);
});

test("a warning does not fail the test, and shows a rule to copy", async ({ page, account }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  // On a small laptop the rule is below the fold, and is scrolled into view.
  await page.setViewportSize({ width: 1280, height: 600 });
  await page.clock.install();
  await account.mergeTickets(5);
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.test();
  await expect(dialog.told.getByText(SUCCESS, { exact: true })).toBeVisible();
  await expect(dialog.told.getByRole("listitem")).toContainText("Auto-merge is on in your Gorgias");
  const rule = "WHEN ticket created\nIF tags contains convi-handover\nTHEN Exclude ticket from auto-merge";
  expect(await dialog.told.locator("code").innerText()).toBe(rule);
  await expect(dialog.button("Copy")).toBeInViewport({ ratio: 1 });
  await dialog.button("Copy").click();
  await expect(dialog.button("Copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(rule);
  await page.clock.runFor(4_100);
  await expect(dialog.button("Copy")).toBeVisible();

  // It remains after the dialog has closed.
  await dialog.save();
  await expect(row(page).getByRole("listitem").first()).toContainText("Auto-merge is on in your Gorgias");
});

test("saving connects, says so, and restores the focus", async ({ page, account, api }) => {
  const { subdomain, username } = account.credentials;
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.save();
  await expect(toasts(page)).toHaveText(SAVED);
  await expect(dialog.all).toHaveCount(0);
  await expect(row(page).locator(".badge")).toHaveText("Connected");
  await expect(row(page).getByRole("button")).toHaveText(["Configure", "Disconnect", "Send a test handover"]);
  await expect(row(page).getByRole("button", { name: "Configure" })).toBeFocused();
  await expect(row(page)).toContainText("Handovers go here");
  await expect(row(page).getByRole("link", { name: `${subdomain}.gorgias.com` })).toBeVisible();
  await expect(row(page)).toContainText(username);
  await row(page).getByText("History of changes").click();
  await expect(row(page).locator(".history li")).toHaveText(/^Connected by Olive Owner/);
  expect(await api.integration()).toMatchObject({ state: "connected", subdomain, username });
  // The server has it, not only the page.
  await page.reload();
  await expect(badge(page, "Connected")).toBeVisible();
});

test("rejected credentials are not saved", async ({ page, account, api }) => {
  await account.revokeKey();
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.save();
  await expect(dialog.told.getByRole("paragraph")).toHaveText([FAILURE, /rejected this email address/]);
  await expect(dialog.key).toHaveValue(account.credentials.key);
  expect((await api.integration()).state).toBe("not_connected");
  await dialog.button("Cancel").click();
  await expect(badge(page, "Not connected")).toBeVisible();
});

test("credentials that cannot be tested are saved as Needs attention", async ({
  page,
  account,
  api,
}) => {
  await account.fault({ kind: "drop_before_commit", ...onTest });
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.save();
  await expect(toasts(page)).toHaveText(SAVED);
  await expect(row(page).locator(".badge")).toHaveText("Needs attention");
  await expect(row(page).getByRole("status")).toContainText(
    /could not be reached .* Saved\. We keep testing the connection, and handovers wait until it works\./,
  );
  expect((await api.integration()).problem).toBe("unreachable");
});

test("Cancel, Escape and the close button close the dialog and send nothing, and a press outside keeps it", async ({ page }) => {
  const sent = actions(page);
  const connect = row(page).getByRole("button", { name: "Connect" });
  const ways: ((dialog: ConnectDialog) => Promise<void>)[] = [
    (dialog) => dialog.button("Cancel").click(),
    () => page.keyboard.press("Escape"),
    (dialog) => dialog.button("Close").click(),
  ];
  await page.goto(INTEGRATIONS);
  for (const close of ways) {
    await connect.click();
    const dialog = new ConnectDialog(page);
    // The dialog forgets what was typed last time, above all the key.
    await expect(dialog.subdomain).toHaveValue("");
    await expect(dialog.key).toHaveValue("");
    await expect(dialog.subdomain).toBeFocused();
    await dialog.fill({ subdomain: "mystore", username: "me@mystore.test", key: "a-key" });
    // A key is shown only once by a helpdesk, so a slip must not discard it.
    await page.mouse.click(5, 5);
    await expect(dialog.key).toHaveValue("a-key");
    await close(dialog);
    await expect(dialog.all).toHaveCount(0);
    await expect(connect).toBeFocused();
  }
  expect(sent).toEqual([]);
});

test("being offline is not reported as bad credentials, and saving works once it is over", async ({ page, context, account }) => {
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await context.setOffline(true);
  await dialog.save();
  await expect(dialog.told).toHaveText("No connection. Check your network and try again.");
  await context.setOffline(false);
  await dialog.save();
  await expect(badge(page, "Connected")).toBeVisible();
});

test("pressing Save twice saves once", async ({ page, account }) => {
  await account.fault({ kind: "delay", seconds: 0.5, ...onTest });
  const sent = actions(page);
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.button("Save").dblclick();
  await expect(dialog.button("Save")).toHaveAttribute("aria-busy", "true");
  await expect(badge(page, "Connected")).toBeVisible();
  expect(sent.filter((request) => request.url().endsWith("/save"))).toHaveLength(1);
});

test("the 21st attempt within a minute has to wait", async ({ page, account, api }) => {
  const { subdomain, username, key } = account.credentials;
  const tries = Array.from({ length: 20 }, () =>
    api.call("POST", "integrations/gorgias/test", { subdomain, username, api_key: key }),
  );
  expect((await Promise.all(tries)).map(({ status }) => status)).toEqual(Array(20).fill(200));
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.test();
  await expect(dialog.told).toHaveText(/^Too many attempts\. Try again in \d+ seconds\.\s*$/);
});

test("the checklist's link opens the dialog that fixes it", async ({ page, account, api }) => {
  await api.connect(account.credentials);
  await account.revokeKey();
  await api.handOverUntil("held");
  await page.goto(INTEGRATIONS);
  await page.getByRole("link", { name: "Update the credentials" }).click();
  await expect(page.getByRole("dialog", { name: "Configure Gorgias" })).toBeVisible();
});
