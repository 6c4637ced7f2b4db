// What people paste: cleaned where possible, otherwise rejected at the field before a call is sent.

import { ConnectDialog, INTEGRATIONS, openDialog, row } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";
import { actions } from "./support/traffic.ts";

const GOOD = { subdomain: "mystore", username: "jane@example.com", key: "a-key" };

const CHARACTER =
  "A subdomain can only contain letters, digits and hyphens. Enter the part before .gorgias.com, for example mystore.";
const OTHER_HOST =
  "This is not a gorgias.com address. Enter the part before .gorgias.com, for example mystore.";
const HYPHEN = "A subdomain must start and end with a letter or digit.";

const SUBDOMAINS: [string, string][] = [
  ["", "Enter your Gorgias subdomain."],
  ["   ", "Enter your Gorgias subdomain."],
  ["my store", CHARACTER],
  ["a.b", CHARACTER],
  ["-a", HYPHEN],
  ["a".repeat(64), "A subdomain can have at most 63 characters."],
  ["evil.com#", CHARACTER],
  ["user@host", CHARACTER],
  ["../x", CHARACTER],
  ["bücher", CHARACTER],
  ["127.0.0.1", CHARACTER],
  ["localhost:1", CHARACTER],
  ["https://evil.com/mystore.gorgias.com", OTHER_HOST],
  ["https://mystore.gorgias.com.evil.com", OTHER_HOST],
  ["https://user:pw@mystore.gorgias.com@evil.com/", OTHER_HOST],
];

const USERNAMES: [string, string][] = [
  ["", "Enter an email address."],
  ["jane", "Enter a complete email address with an @, for example you@example.com."],
  // A text input has no line breaks: the browser removes them, and the rest is not valid either.
  ["jane@example.com\nBcc: all@example.com", "An email address cannot contain spaces or line breaks."],
  ["jane:x@example.com", "An email address cannot contain a colon."],
  ["jane@example", "Enter a complete email address, for example you@example.com."],
];

const KEYS: [string, string][] = [
  ["", "Enter the API key."],
  ["   ", "Enter the API key."],
  ["two words", "This cannot contain spaces or line breaks. Copy it again, without the text around it."],
  ["k".repeat(10_000), "This can have at most 512 characters. Copy it again, without the text around it."],
];

const TABLE = [
  { field: "subdomain", cases: SUBDOMAINS },
  { field: "username", cases: USERNAMES },
  { field: "key", cases: KEYS },
] as const;

for (const { field, cases } of TABLE) {
  test(`invalid values are rejected at the field: ${field}`, async ({ page }) => {
    const sent = actions(page);
    const dialog = await openDialog(page);
    await dialog.fill(GOOD);
    for (const [index, [typed, sentence]] of cases.entries()) {
      await dialog[field].fill(typed);
      // Both buttons check the fields.
      await (index % 2 === 0 ? dialog.test() : dialog.save());
      await expect(dialog[field], typed).toHaveAttribute("aria-invalid", "true");
      await expect(dialog[field], typed).toHaveAccessibleDescription(new RegExp(`^${escaped(sentence)}( |$)`));
      await expect(dialog[field], typed).toBeFocused();
      await expect(dialog.all.locator(".field-error:visible")).toHaveText([sentence]);
      // The error disappears with the mistake.
      await dialog[field].fill(GOOD[field]);
      await expect(dialog[field]).not.toHaveAttribute("aria-invalid");
    }
    expect(sent, "calls that left the browser").toEqual([]);
  });
}

test("every invalid field shows its error, and the first one gets the focus", async ({ page }) => {
  const dialog = await openDialog(page);
  await dialog.save();
  await expect(dialog.all.locator(".field-error:visible")).toHaveText([
    "Enter your Gorgias subdomain.",
    "Enter an email address.",
    "Enter the API key.",
  ]);
  await expect(dialog.subdomain).toBeFocused();
});

test("pasted addresses become the subdomain, and the field shows it", async ({ page }) => {
  const dialog = await openDialog(page);
  for (const pasted of [
    "https://your-store.gorgias.com/app/tickets",
    "your-store.gorgias.com",
    " Your-Store ",
    "HTTP://Your-Store.Gorgias.com/app/ticket/12?x=1#y",
  ]) {
    await dialog.subdomain.fill(pasted);
    await dialog.subdomain.press("Tab");
    await expect(dialog.subdomain, pasted).toHaveValue("your-store");
  }
});

test("a pasted address and a key with surrounding spaces connect", async ({ page, account, api }) => {
  const { subdomain, username, key } = account.credentials;
  const dialog = await openDialog(page);
  await dialog.fill({
    subdomain: `https://${subdomain.toUpperCase()}.gorgias.com/app/tickets`,
    username: `  ${username} `,
    key: `  ${key} `,
  });
  // Pressed in the last field, so the first one has lost the focus long ago and the last one never did.
  await dialog.key.press("Enter");
  await expect(dialog.told).toHaveText("Connection successful!");
  await expect(dialog.subdomain).toHaveValue(subdomain);
  await expect(dialog.username).toHaveValue(username);
  await dialog.save();
  await expect.poll(async () => await api.integration()).toMatchObject({ state: "connected", subdomain, username });
});

test("the server rejects what the browser rejects, at the same field", async ({ page, account, api }) => {
  // Bypasses the page's own check: the request is changed on its way.
  await page.route("**/api/integrations/save", async (route) => {
    const body = route.request().postDataJSON() as { form: Record<string, string> };
    await route.continue({ postData: JSON.stringify({ ...body, form: { ...body.form, subdomain: "evil.com#" } }) });
  });
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.save();
  await expect(dialog.all.locator(".field-error:visible")).toHaveText([CHARACTER]);
  expect((await api.integration()).state).toBe("not_connected");
  expect(await account.requests()).toEqual([]);
});

test("an address with an unknown dialog opens none", async ({ page }) => {
  await page.goto(`${INTEGRATIONS}?connect=evil&disconnect=%3Cscript%3E&notice=Your+key+was+stolen`);
  await expect(row(page)).toBeVisible();
  await expect(new ConnectDialog(page).all).toHaveCount(0);
  await expect(page.getByText("Your key was stolen")).toHaveCount(0);
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
