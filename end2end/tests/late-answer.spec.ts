// A dialog that is closed while its test is in flight, and another one that is opened: the late answer belongs to neither.

import type { FrameLocator, Locator, Page } from "@playwright/test";

import { heard, live, MODES, panel, test as embedded } from "./support/embedded.ts";
import type { Endpoint } from "./support/receiver.ts";
import { INTEGRATIONS } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

type Screen = FrameLocator | Locator | Page;

const open = (screen: Screen, helpdesk: string) =>
  screen.getByRole("region", { name: helpdesk, exact: true }).getByRole("button", { name: "Connect", exact: true }).click();

/** Blocks the module. */
const withoutModule = (page: Page) => page.route("**/pkg/*.wasm", (route) => route.abort());

const posted = (page: Page) => page.waitForResponse((response) => response.request().method() === "POST");

/** Tests the webhook's URL, which is not answered yet, and closes the dialog. */
async function testAndLeave(page: Page, screen: Screen, endpoint: Endpoint): Promise<void> {
  const dialog = screen.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "URL" }).fill(endpoint.url);
  endpoint.hold();
  const sent = page.waitForRequest((request) => request.method() === "POST");
  await dialog.getByRole("button", { name: "Test connection" }).click();
  await sent;
  await dialog.getByRole("button", { name: "Cancel" }).click();
}

/** The other dialog, in which something was typed. Both helpdesks have a field that a test rejects. */
const NEXT = {
  "another one": { helpdesk: "Gorgias", field: "Username (Email)", typed: "jane", error: "Enter the API key." },
  "the same one": { helpdesk: "Webhook", field: "URL", typed: "https://10.0.0.1/", error: "does not lead to the public internet" },
};

type Next = (typeof NEXT)[keyof typeof NEXT];

async function typeIn(screen: Screen, { helpdesk, field, typed }: Next): Promise<Locator> {
  const dialog = screen.getByRole("dialog", { name: `Connect ${helpdesk}` });
  await dialog.getByRole("textbox", { name: field }).fill(typed);
  return dialog;
}

/** The dialog is as it was, and works. */
async function isUntouched(dialog: Locator, { field, typed, error }: Next): Promise<void> {
  await expect(dialog.getByRole("textbox", { name: field })).toHaveValue(typed);
  await expect(dialog.locator(".told")).toBeEmpty();
  await dialog.getByRole("button", { name: "Test connection" }).click();
  await expect(dialog.locator(".field-error:visible").filter({ hasText: error })).toBeVisible();
  await expect(dialog.getByRole("textbox", { name: field })).toHaveValue(typed);
  await expect(dialog.locator(".told")).toBeEmpty();
}

for (const [name, next] of Object.entries(NEXT)) {
  test(`on the page, ${name} stays open`, async ({ page, endpoint }) => {
    await page.goto(INTEGRATIONS);
    await open(page, "Webhook");
    await testAndLeave(page, page, endpoint);
    await open(page, next.helpdesk);
    const dialog = await typeIn(page, next);
    const late = posted(page);
    endpoint.answer();
    await (await late).finished();
    await isUntouched(dialog, next);
  });

  test.describe("without the module", () => {
    test.use({ live: false });

    for (const path of [INTEGRATIONS, `${INTEGRATIONS}?connect=webhook`]) {
      test(`on the page without its module, ${name} opens after it, from ${path}`, async ({ page, endpoint }) => {
        await withoutModule(page);
        await page.goto(path);
        if (path === INTEGRATIONS) await open(page, "Webhook");
        await testAndLeave(page, page, endpoint);
        // The page as the server renders it comes after the answer, so that neither overtakes the other.
        await open(page, next.helpdesk);
        endpoint.answer();
        await isUntouched(await typeIn(page, next), next);
      });
    }
  });

  for (const mode of MODES) {
    for (const module of ["with", "without"]) {
      embedded(`in a panel (${mode}) ${module} its module, ${name} stays open`, async ({ page, visit, endpoint }) => {
        if (module === "without") await withoutModule(page);
        await visit(`?mode=${mode}`);
        const screen = panel(page, mode);
        if (module === "with") await expect(live(page, mode)).toBeAttached();
        await open(screen, "Webhook");
        await testAndLeave(page, screen, endpoint);
        await open(screen, next.helpdesk);
        const dialog = await typeIn(screen, next);
        endpoint.answer();
        // The host hears the result all the same.
        await expect.poll(async () => (await heard(page, "convi-test-result")).length).toBe(1);
        await isUntouched(dialog, next);
      });
    }
  }
}
