// The embedded screen in a host page with its own origin, strict policy and router (end2end/host).

import { expectAccessible } from "./support/axe.ts";
import { connectButton, connectToSave, heard, MODES, panel, test } from "./support/embedded.ts";
import { POLICY } from "./support/host.ts";
import { expect } from "./support/test.ts";

for (const mode of MODES) {
  test.describe(`mode ${mode}`, () => {
    test("from Connect to Disconnect, with events for the host", async ({ page, context, visit, account, api }) => {
      await visit(`?mode=${mode}`);
      const screen = panel(page, mode);
      const row = screen.getByRole("region", { name: "Gorgias", exact: true });
      await connectToSave(screen, account.credentials);
      expect((await api.integration()).state).toBe("connected");

      // A handover and its ticket appear by themselves.
      await api.handOver({ summary: "Where is my invoice?" });
      const recent = screen.getByRole("region", { name: "Recent handovers" });
      await expect(recent).toContainText("Ticket created");

      await row.getByRole("button", { name: "Disconnect" }).click();
      await page.keyboard.press("Escape");
      await expect(screen.getByRole("dialog")).toHaveCount(0);
      await expect(page).toHaveURL(/\/settings/);
      await row.getByRole("button", { name: "Disconnect" }).click();
      await screen.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
      await expect(row.locator(".badge")).toHaveText("Not connected");

      const helpdesk = "gorgias";
      expect(await heard(page, "convi-ready")).toHaveLength(1);
      expect((await heard(page, "convi-test-result")).map(({ detail }) => detail)).toEqual([
        { helpdesk, ok: false, problem: "bad_credentials" },
        { helpdesk, ok: true },
      ]);
      expect((await heard(page, "convi-connected")).map(({ detail }) => detail)).toEqual([{ helpdesk }]);
      expect((await heard(page, "convi-disconnected")).map(({ detail }) => detail)).toEqual([{ helpdesk }]);
      expect(await heard(page, "convi-error")).toEqual([]);
      expect(await context.cookies(), "no cookie is set").toEqual([]);
      const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length]);
      expect(kept, "nothing is kept in the browser").toEqual([0, 0]);
    });

    test("it is as tall as its content, also next to another panel and after being removed", async ({ page, visit }) => {
      await visit(`?mode=${mode}&count=2`);
      const rows = () =>
        mode === "frame"
          ? page.locator("convi-integrations iframe")
          : page.locator("convi-integrations").getByRole("region", { name: "Gorgias", exact: true });
      await expect(rows()).toHaveCount(2);
      await expect.poll(async () => (await heard(page, "convi-ready")).length).toBe(2);
      await page.getByRole("link", { name: "Home" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Home");
      await expect(page.locator("convi-integrations")).toHaveCount(0);
      await page.goBack();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Settings");
      await expect.poll(async () => (await heard(page, "convi-ready")).length).toBe(4);
      for (const { detail } of await heard(page, "convi-resize")) {
        expect(detail.height).toBeGreaterThan(0);
      }
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect(sideways).toBe(false);
      expect(await heard(page, "convi-error")).toEqual([]);
    });

    test("typed text stays when the token expires and is renewed", async ({ page, visit, account, embedded, merchant }) => {
      let asked = 0;
      const token = () => {
        asked += 1;
        // Two tokens of the same second would be equal.
        return embedded.token(merchant, "owner", `Owner ${asked}`);
      };
      await visit(`?mode=${mode}`, { token });
      const screen = panel(page, mode);
      await connectButton(screen).click();
      const dialog = screen.getByRole("dialog");
      await dialog.getByLabel("Gorgias subdomain").fill(account.credentials.subdomain);
      await dialog.getByLabel("Username (Email)").fill(account.credentials.username);
      await dialog.getByLabel("API key", { exact: true }).fill(account.credentials.key);
      expect(asked, "once at the start, however many calls begin").toBe(1);
      const before = asked;
      // Tokens live for minutes, so the next call is answered as if its token had expired.
      let refused = 0;
      await page.route(/\/api\/integrations\/test$|\/embed\/v1\/panel$/, (route) => {
        if (route.request().method() !== "POST") return route.continue();
        refused += 1;
        const headers = { "access-control-allow-origin": route.request().headers().origin ?? "*" };
        const json = { kind: "signed_out" };
        return refused === 1 ? route.fulfill({ status: 401, json, headers }) : route.continue();
      });
      await dialog.getByRole("button", { name: "Test connection" }).click();
      await expect(dialog).toContainText("Connection successful!");
      expect(asked).toBe(before + 1);
      await expect(dialog.getByLabel("API key", { exact: true })).toHaveValue(account.credentials.key);
    });

    test("it is accessible in the host's theme", async ({ page, visit }, info) => {
      for (const theme of ["light", "dark"]) {
        await visit(`?mode=${mode}&theme=${theme}`);
        await connectButton(panel(page, mode)).click();
        await expect(panel(page, mode).getByRole("dialog")).toBeVisible();
        await expectAccessible(page, theme, mode === "frame");
        await page.screenshot({ path: info.outputPath(`${mode}-${theme}.png`) });
      }
    });

    test("a mistake shows a sentence, not an empty box", async ({ page, visit, problems, host }) => {
      const note = page.locator("convi-integrations").getByRole("alert");
      const inside = panel(page, mode).getByRole("alert");

      await visit(`?mode=${mode}&token=never`);
      await expect(note).toHaveText("Set this element's getToken to a function that returns a promise of a token.");
      await visit(`?mode=${mode}`, { token: async () => undefined });
      await expect(note.first()).toHaveText("getToken did not return a token. Sign in again or reload the page.");
      await visit(`?mode=${mode}`, { token: async () => "no.such.token" });
      await expect(inside.last()).toContainText("Sign-in to Convi failed.");
      expect(await heard(page, "convi-error")).toContainEqual(
        expect.objectContaining({ detail: expect.objectContaining({ kind: "signed_out" }) }),
      );

      const needed = mode === "frame" ? "frame-src" : "connect-src";
      await visit(`?mode=${mode}`, {
        policy: (convi) =>
          POLICY(convi)
            .split("; ")
            .map((line) => (mode === "frame" && line.startsWith("frame-src") ? "frame-src 'none'" : line))
            .map((line) => (mode === "inline" && line.startsWith("connect-src") ? "connect-src 'self'" : line))
            .join("; "),
      });
      await expect(note).toContainText("This page's Content-Security-Policy must allow");
      await expect(note).toContainText(needed);
      // This test provokes the browser's report.
      problems.splice(0, problems.length, ...problems.filter((it) => !/content security policy/i.test(it)));
      void host;
    });
  });
}

test("an unlisted origin is told so in both modes", async ({ page, visit, convi, problems }) => {
  for (const mode of ["frame", "inline"]) {
    // This server lists no origins.
    await visit(`?mode=${mode}`, { convi: convi.url });
    await expect(page.locator("convi-integrations").getByRole("alert").first()).toContainText(
      "Add the origin to CONVI_EMBED_ORIGINS.",
    );
  }
  problems.splice(0, problems.length, ...problems.filter((it) => !/frame-ancestors/i.test(it)));
});

test("the frame listens only to the listed page", async ({ page, embedded, request }) => {
  const answer = await request.get(`${embedded.url}/embed/v1/frame`);
  const policy = answer.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("frame-ancestors http://localhost:");
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*/);
  expect(answer.headers()["set-cookie"]).toBeUndefined();
  // Opened on its own, the frame has no parent, and it ignores other windows' messages.
  let calls = 0;
  page.on("request", (call) => void (call.url().includes("/api/") && (calls += 1)));
  await page.goto(`${embedded.url}/embed/v1/frame`);
  await page.evaluate(() => {
    const { port2 } = new MessageChannel();
    window.postMessage({ convi: 1 }, "*", [port2]);
  });
  await page.waitForLoadState("networkidle");
  expect(calls).toBe(0);
  await expect(page.locator("body")).toBeEmpty();
});
