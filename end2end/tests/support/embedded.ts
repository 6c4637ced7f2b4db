// What the tests of the embedded screen share: a host page, and a server that allows it to embed the screen.

import type { Frame, FrameLocator, Locator, Page } from "@playwright/test";

import { Api } from "./api.ts";
import { Convi } from "./convi.ts";
import type { Credentials } from "./gorgias.ts";
import { Host, type HostSettings, POLICY } from "./host.ts";
import { expect, test as base } from "./test.ts";

export interface Heard {
  type: string;
  detail: Record<string, unknown>;
}

interface Fixtures {
  /** Opens the host page with this test's settings. */
  visit: (search?: string, settings?: Partial<HostSettings>) => Promise<void>;
}

export const test = base.extend<Fixtures, { host: Host; embedded: Convi }>({
  role: null,
  live: false,
  host: [
    async ({}, use) => {
      const host = await Host.start();
      await use(host);
      await host.stop();
    },
    { scope: "worker" },
  ],
  // A server that lists this host.
  embedded: [
    async ({ folder, gorgias, receiver, mailbox, host }, use) => {
      const convi = await Convi.start(folder, gorgias.url, mailbox.url, {
        CONVI_DATABASE_URL: `sqlite://${folder}/embedded.db`,
        CONVI_EMBED_ORIGINS: `${host.url},${host.near}`,
        ...receiver.allowed,
      });
      await use(convi);
      await convi.stop();
    },
    { scope: "worker" },
  ],
  api: async ({ embedded, merchant }, use) => {
    await use(new Api(embedded, merchant, await embedded.token(merchant, "owner")));
  },
  visit: async ({ page, host, embedded, merchant }, use) => {
    await use(async (search = "", settings = {}) => {
      const token = () => embedded.token(merchant, "owner");
      host.settings = { token, policy: POLICY, convi: embedded.url, ...settings };
      await page.goto(`${host.url}/settings${search}`);
    });
  },
});

export const heard = (page: Page, type: string): Promise<Heard[]> =>
  page.evaluate((type) => (window as unknown as { heard: Heard[] }).heard.filter((it) => it.type === type), type);

/** Both modes. */
export const MODES = ["frame", "inline"] as const;

/** Returns where to find the panel's elements. */
export function panel(page: Page, mode: string): FrameLocator | Locator {
  return mode === "frame" ? page.frameLocator("convi-integrations iframe") : page.locator("convi-integrations");
}

/** Returns the button that connects Gorgias. */
export const connectButton = (screen: FrameLocator | Locator): Locator =>
  screen.getByRole("region", { name: "Gorgias", exact: true }).getByRole("button", { name: "Connect" });

/** Returns the element that exists once the panel's module has taken over. */
export const live = (page: Page, mode: string): Locator =>
  mode === "frame" ? panel(page, mode).locator("html[data-hydrated]") : page.locator("convi-integrations .convi[data-hydrated]");

/** Returns the frame of the panel's own document, or the page's main frame. */
export function inside(page: Page, mode: string): Frame {
  const frame = page.frames().find((it) => it.url().includes("/embed/v1/frame"));
  return (mode === "frame" && frame) || page.mainFrame();
}

/** From Connect to Save, with a wrong key first: every implementation of the screen must do all of this. */
export async function connectToSave(screen: FrameLocator | Locator, { subdomain, username, key }: Credentials): Promise<void> {
  const row = screen.getByRole("region", { name: "Gorgias", exact: true });
  await expect(row.locator(".badge")).toHaveText("Not connected");
  await row.getByRole("button", { name: "Connect" }).click();
  const dialog = screen.getByRole("dialog");
  await expect(dialog.getByLabel("Gorgias subdomain")).toBeFocused();
  await expect(dialog).toContainText("Your Gorgias subdomain is a part of the Base API URL");
  await expect(dialog).toContainText("Where do I find these?");
  // As people paste it.
  await dialog.getByLabel("Gorgias subdomain").fill(` https://${subdomain}.gorgias.com/app/tickets`);
  await dialog.getByLabel("Username (Email)").fill(username);
  await dialog.getByLabel("API key", { exact: true }).fill("wrong");
  await dialog.getByRole("button", { name: "Test connection" }).click();
  await expect(dialog).toContainText("Connection failed. Please check your credentials and try again.");
  await expect(dialog.getByLabel("Gorgias subdomain")).toHaveValue(subdomain);
  await dialog.getByLabel("API key", { exact: true }).fill(key);
  await dialog.getByRole("button", { name: "Show API key" }).click();
  await dialog.getByRole("button", { name: "Hide API key" }).click();
  await dialog.getByRole("button", { name: "Test connection" }).click();
  await expect(dialog).toContainText("Connection successful!");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(screen.locator(".toasts")).toContainText("Helpdesk integration saved successfully.");
  await expect(row.locator(".badge")).toHaveText("Connected");
  await expect(row.getByRole("button", { name: "Configure" })).toBeFocused();
}
