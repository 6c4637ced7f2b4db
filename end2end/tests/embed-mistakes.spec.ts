// Errors that the embedding developer or the reader sees: each is a sentence, and most go away by themselves.
// (`embed.spec.ts` covers a token or a policy that is missing from the start.)

import type { Page, Route } from "@playwright/test";

import { Convi } from "./support/convi.ts";
import { connectButton, heard, MODES, panel, test } from "./support/embedded.ts";
import { expect } from "./support/test.ts";

const note = (page: Page) => page.locator("convi-integrations").getByRole("alert").first();
const errors = async (page: Page) => (await heard(page, "convi-error")).map(({ detail }) => detail["kind"]);
const refuse = (route: Route) => route.abort("connectionrefused");

for (const mode of MODES) {
  test.describe(`mode ${mode}`, () => {
    test("an expired token is reported to the page's developer", async ({ page, visit, embedded, merchant }) => {
      let token = embedded.endedToken(merchant);
      await visit(`?mode=${mode}`, { token: async () => token });
      await expect(note(page)).toHaveText(
        "getToken returned an expired token. It must return a fresh one on every call.",
      );
      expect(await errors(page)).toEqual(["token", "signed_out"]);
      const screen = panel(page, mode);
      await expect(screen.getByText("Sign-in to Convi failed.")).toBeVisible();
      // With a valid token everything works, and no error is left.
      token = await embedded.token(merchant, "owner");
      await screen.getByRole("button", { name: "Try again" }).click();
      await expect(connectButton(screen)).toBeVisible();
      await expect(screen.getByRole("alert")).toHaveCount(0);
      await expect(note(page)).toHaveCount(0);
    });

    test("a getToken that is late or fails once leaves no error behind", async ({ page, visit, embedded, merchant }) => {
      await visit(`?mode=${mode}&token=never`);
      await expect(note(page)).toHaveText("Set this element's getToken to a function that returns a promise of a token.");
      const screen = panel(page, mode);
      const good = await embedded.token(merchant, "owner");
      const give = (token?: string) =>
        page.evaluate((token) => {
          const element = document.querySelector("convi-integrations") as HTMLElement & { getToken: unknown };
          element.getToken = async () => token;
        }, token);
      await give();
      await expect(note(page)).toHaveText("getToken did not return a token. Sign in again or reload the page.");
      await expect(screen.getByText("Sign-in to Convi failed.")).toBeVisible();
      await give(good);
      await screen.getByRole("button", { name: "Try again" }).click();
      await expect(connectButton(screen)).toBeVisible();
      await expect(note(page)).toHaveCount(0);
      const kinds = await errors(page);
      expect([kinds[0], kinds.at(-1)]).toEqual(["no-token", "signed_out"]);
      expect(kinds).toContain("token");
    });

    test("an unreachable server is reported at every step, and the panel recovers", async ({ page, visit, embedded }) => {
      const screen = panel(page, mode);
      const files =
        mode === "frame" ? ["**/pkg/host-*.js", "**/embed/v1/frame"] : ["**/pkg/inline-*.js"];
      for (const file of files) {
        // From this file on, no request succeeds.
        let away = false;
        await page.route(
          (url) => url.origin === embedded.url,
          (route) => {
            const glob = new RegExp(`${file.replace("**", "").replaceAll(".", "\\.").replace("*", "[^/]*")}$`);
            away ||= glob.test(new URL(route.request().url()).pathname);
            return away ? refuse(route) : route.continue();
          },
        );
        await visit(`?mode=${mode}`);
        await expect(note(page), file).toContainText(`Convi cannot be reached at ${embedded.url}`);
        expect(await errors(page), file).toEqual(["offline"]);
        await page.unrouteAll();
        await page.locator("convi-integrations").getByRole("button", { name: "Try again" }).click();
        await expect(connectButton(screen), file).toBeVisible();
        await expect(note(page), file).toHaveCount(0);
      }
      // The last request is for the panel: the error appears in its place.
      await page.route("**/embed/v1/panel", refuse);
      await visit(`?mode=${mode}`);
      await expect(screen.getByText("Convi cannot be reached right now. Check your network.")).toBeVisible();
      expect(await errors(page)).toEqual(["offline"]);
      await page.unrouteAll();
      await screen.getByRole("button", { name: "Try again" }).click();
      await expect(connectButton(screen)).toBeVisible();
    });

    test("offline, the panel says so, and starts by itself once online", async ({ page, context, visit }) => {
      await visit("?count=0");
      const screen = panel(page, mode);
      await context.setOffline(true);
      await page.evaluate((mode) => {
        const element = document.createElement("convi-integrations") as HTMLElement & { getToken: unknown };
        element.setAttribute("mode", mode);
        element.getToken = async () => (await fetch("/token")).text();
        document.querySelector("main")?.append(element);
      }, mode);
      await expect(note(page)).toContainText("Convi cannot be reached at");
      await context.setOffline(false);
      await expect(connectButton(screen)).toBeVisible();
      await expect(note(page)).toHaveCount(0);
    });
  });
}

test("a page with an outdated copy of the script still starts", async ({ page, visit }) => {
  await page.route(/convi-integrations\.js$/, async (route) => {
    const answer = await route.fetch();
    const old = (await answer.text()).replace(/host-[^.]+\.js/, "host-gone.js");
    expect(old).toContain("host-gone.js");
    return route.fulfill({ response: answer, body: old });
  });
  await visit();
  await expect(connectButton(panel(page, "frame"))).toBeVisible();
  expect(await errors(page)).toEqual([]);
});

test("the host's own text stays visible if the script does not load", async ({
  page,
  visit,
  folder,
  gorgias,
  mailbox,
}) => {
  // This server is stopped permanently.
  const convi = await Convi.start(folder, gorgias.url, mailbox.url, {
    CONVI_DATABASE_URL: `sqlite://${folder}/stopped.db`,
  });
  await convi.stop();
  await visit("", { convi: convi.url });
  await expect(page.getByText("The integrations cannot be shown right now.")).toBeVisible();
});
