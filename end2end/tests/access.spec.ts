// Who may view, who may change, and who is not signed in.

import type { Page } from "@playwright/test";

import { Api } from "./support/api.ts";
import { onCreate } from "./support/gorgias.ts";
import { badge, INTEGRATIONS, NOTIFICATIONS, openDialog, recent, row } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Dashboard token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test.describe("a visitor who is not signed in", () => {
  test.use({ role: null });

  test("is sent to the sign-in page, and then sees the shop's data", async ({ page, convi, merchant, context }) => {
    for (const path of ["/", INTEGRATIONS, NOTIFICATIONS, "/nothing"]) {
      await page.goto(path);
      await expect(page, path).toHaveURL("/sign-in");
    }
    await expect(page.getByRole("navigation")).toHaveCount(0);
    await signIn(page, await convi.token(merchant, "admin", "Ada Admin"));
    await expect(page).toHaveURL(INTEGRATIONS);
    await expect(page.locator(".viewer summary")).toHaveText(`Ada Admin${merchant} · admin`);
    const cookies = await context.cookies();
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatchObject({ name: "convi_session", httpOnly: true, sameSite: "Lax", path: "/" });
    // 8 h, although the token was valid for 15 minutes.
    expect((cookies[0]?.expires ?? 0) - Date.now() / 1000).toBeGreaterThan(7.9 * 3600);
  });

  test("with an invalid token is not signed in, and sees why", async ({ page, convi, merchant, context }) => {
    await page.goto("/sign-in");
    const good = await convi.token(merchant, "owner");
    const [header, claims] = good.split(".");
    const unsigned = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
    for (const bad of ["nonsense", `${header}.${claims}.AAAA`, `${unsigned}.${claims}.`]) {
      await signIn(page, bad);
      await expect(page).toHaveURL(/\/sign-in/);
      const field = page.getByLabel("Dashboard token");
      await expect(field).toHaveAccessibleDescription(/^This is not a valid dashboard token\./);
      await expect(field).toHaveValue("");
    }
    expect(await context.cookies()).toEqual([]);
  });

  test("gets nothing from the routes behind the pages", async ({ page, context }) => {
    await page.goto("/sign-in");
    for (const path of ["/v1/integrations", "/v1/handovers", "/v1/notifications"]) {
      expect((await context.request.get(path)).status(), path).toBe(401);
    }
  });
});

test("an admin can change what an owner can", async ({ page, convi, merchant, account, context }) => {
  const token = await convi.token(merchant, "admin", "Ada Admin");
  await context.request.post("/v1/session", { headers: { authorization: `Bearer ${token}` } });
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  await dialog.save();
  await expect(badge(page, "Connected")).toBeVisible();
  await row(page).getByText("History of changes").click();
  await expect(row(page).locator(".history li")).toHaveText(/^Connected by Ada Admin/);
});

test.describe("a member", () => {
  test.use({ role: "member" });

  test("can view everything, change nothing, and sees why", async ({ page, api, account, context, baseURL }) => {
    await api.connect(account.credentials);
    await account.fault({ kind: "status", status: 413, ...onCreate, times: 1 });
    const id = await api.handOverUntil("failed", { summary: "A very long story" });
    await page.goto(INTEGRATIONS);
    const why = "You can view everything here. Only owners and admins can change it.";
    await expect(page.locator("#only-looking")).toHaveText(why);
    for (const name of ["Configure", "Disconnect"]) {
      const button = row(page).getByRole("button", { name });
      await expect(button).toBeDisabled();
      await expect(button).toHaveAccessibleDescription(why);
    }
    await expect(recent(page).getByRole("button", { name: "Retry" })).toBeDisabled();
    await expect(recent(page).getByRole("button", { name: "Retry" })).toHaveAccessibleDescription(
      `${why} A very long story`,
    );
    await page.goto(`${INTEGRATIONS}?connect=gorgias`);
    await expect(page.getByRole("dialog")).toHaveCount(0);

    await page.goto(NOTIFICATIONS);
    await expect(page.getByLabel("Team email")).toBeDisabled();
    await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
    await expect(page.getByText("Only owners and admins can change this.")).toBeVisible();

    // The disabled buttons are not what protects the data.
    const origin = { origin: baseURL as string };
    const { subdomain, username, key } = account.credentials;
    const tries = [
      context.request.delete("/v1/integrations/gorgias", { headers: origin }),
      context.request.put("/v1/integrations/gorgias", {
        headers: origin,
        data: { subdomain, username, api_key: key },
      }),
      context.request.post(`/v1/handovers/${id}/retry`, { headers: origin }),
      context.request.post("/api/integrations/disconnect", { headers: origin, data: { helpdesk: "gorgias" } }),
      context.request.post(INTEGRATIONS, {
        headers: origin,
        form: { intent: "disconnect", helpdesk: "gorgias" },
        maxRedirects: 0,
      }),
    ];
    expect((await Promise.all(tries)).map((answer) => answer.status())).toEqual([403, 403, 403, 403, 403]);
    expect((await api.integration()).state).toBe("connected");
    expect((await api.delivery(id))?.state).toBe("failed");
  });
});

test("another merchant sees none of it", async ({ page, convi, merchant, api, account, context }) => {
  await api.connect(account.credentials);
  const id = await api.handOverUntil("delivered", { summary: "Where is my invoice?" });
  await page.goto(INTEGRATIONS);
  await expect(recent(page)).toContainText("Where is my invoice?");

  const other = new Api(convi, `${merchant}-other`, await convi.token(`${merchant}-other`, "owner"));
  expect((await other.call("GET", `handovers/${id}`)).status).toBe(404);
  expect((await other.call("POST", `handovers/${id}/retry`)).status).toBe(404);
  expect((await other.call("GET", `handovers?merchant_id=${merchant}`)).status).toBe(403);

  // And in the browser, with the other merchant's session instead of this one's.
  const token = await convi.token(`${merchant}-other`, "owner");
  await context.request.post("/v1/session", { headers: { authorization: `Bearer ${token}` } });
  await page.reload();
  await expect(badge(page, "Not connected")).toBeVisible();
  await expect(recent(page)).toContainText("No handovers yet");
  expect(await page.content()).not.toContain(account.credentials.username);
});

test("when a session ends, the open page says so and links to the sign-in page", async ({
  page,
  context,
  baseURL,
  account,
}) => {
  const dialog = await openDialog(page);
  await dialog.fill(account.credentials);
  const ended = await context.request.delete("/v1/session", { headers: { origin: baseURL as string } });
  expect(ended.status()).toBe(204);
  expect(await context.cookies()).toEqual([]);
  await dialog.save();
  await expect(dialog.told).toContainText("You are signed out. Sign in again to continue.");
  // What was typed is still there, for someone who signs in again in another tab.
  await expect(dialog.key).toHaveValue(account.credentials.key);
  await page.keyboard.press("Escape");
  await expect(recent(page)).toContainText("You are signed out. Sign in again to continue.");
  await recent(page).getByRole("link", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/sign-in");
  await page.goto(INTEGRATIONS);
  await expect(page).toHaveURL("/sign-in");
});

test("the cookie of an ended session is rejected", async ({ page, context, baseURL }) => {
  await page.goto(INTEGRATIONS);
  const stolen = await context.cookies();
  expect(stolen).toHaveLength(1);
  await context.request.delete("/v1/session", { headers: { origin: baseURL as string } });
  await context.addCookies(stolen);
  expect((await context.request.get("/v1/integrations")).status()).toBe(401);
});

test("another site cannot make this browser change anything", async ({ page, context, api, account }) => {
  await api.connect(account.credentials);
  await page.goto(INTEGRATIONS);
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { "sec-fetch-site": "cross-site" },
  ];
  for (const headers of foreign) {
    const posted = await context.request.post(INTEGRATIONS, {
      headers,
      form: { intent: "disconnect", helpdesk: "gorgias" },
      maxRedirects: 0,
    });
    expect(posted.status(), JSON.stringify(headers)).toBe(403);
  }
  expect((await api.integration()).state).toBe("connected");
});
