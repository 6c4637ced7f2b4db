// The emulator's own page, on which a person switches faults on and off.

import { expect, test } from "./support/test.ts";

test.use({ role: null, live: false });

test("buttons switch a fault on and off and revoke a key", async ({ page, gorgias, account }) => {
  const { subdomain, username, key } = account.credentials;
  const ask = async () => {
    const authorization = `Basic ${Buffer.from(`${username}:${key}`).toString("base64")}`;
    return (await fetch(`${gorgias.url}/${subdomain}/api/account`, { headers: { authorization } })).status;
  };
  expect(await ask()).toBe(200);
  await page.goto(`${gorgias.url}/_control`);
  const section = page.getByRole("region", { name: subdomain, exact: true });
  await expect(section).toContainText("No faults.");

  await section.getByText(`Switch a fault of ${subdomain} on`).click();
  await section.getByLabel("Fault", { exact: true }).selectOption("status");
  await section.getByLabel("Affected requests").selectOption("GET /api/account");
  await section.getByLabel(/^How often/).fill("");
  await section.getByRole("button", { name: "Switch on" }).click();
  await expect(section).not.toContainText("No faults.");
  expect(await ask()).toBe(503);
  await section.getByRole("button", { name: `Switch all off: ${subdomain}` }).click();
  await expect(section).toContainText("No faults.");
  expect(await ask()).toBe(200);

  await section.getByRole("button", { name: `Revoke key of ${username}` }).click();
  await expect(section.getByRole("button", { name: `Restore key of ${username}` })).toBeVisible();
  expect(await ask()).toBe(401);
});
