import { existsSync } from "node:fs";

import { defineConfig, devices } from "@playwright/test";

import type { Options } from "./tests/support/test.ts";

// Debian's package, where there is one; else the Chromium that Playwright itself installs.
const debian = "/usr/bin/chromium";
const root = process.getuid?.() === 0;

export default defineConfig<Options>({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: true,
  // Two cores, and every worker has a server, an emulator and a browser of its own.
  workers: 2,
  // A test that fails now and then is a bug in it or in what it tests.
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 30_000,
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    locale: "en-GB",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    actionTimeout: 10_000,
    launchOptions: {
      ...(existsSync(debian) ? { executablePath: debian } : {}),
      args: [
        // Chromium's sandbox refuses to start for root.
        ...(root ? ["--no-sandbox"] : []),
        // It would phone home.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
