import { existsSync } from "node:fs";

import { defineConfig, devices } from "@playwright/test";

import type { Options } from "./tests/support/test.ts";

// Debian's package if it is installed, else Playwright's own Chromium.
const debian = "/usr/bin/chromium";
const root = process.getuid?.() === 0;

// No GPU process, and modules compiled once and quickly: each test loads them again, and ends before optimised code
// would pay off.
export const QUICKER = ["--disable-gpu", "--js-flags=--liftoff-only"];

export default defineConfig<Options>({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: true,
  // Two cores, and every worker runs its own server, emulator and browser.
  workers: 2,
  // A flaky test is a bug in the test or in what it tests.
  retries: 0,
  forbidOnly: !!process.env.CI,
  // Generous, because the machine may be busy. No test waits longer than it needs.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    locale: "en-GB",
    timezoneId: "UTC",
    // A trace records every step of every test and costs a seventh of their CPU time, so it is off by default. Turn it
    // on to investigate a test. Screenshots of failed tests are kept anyway.
    trace: process.env.CONVI_TRACE ? "retain-on-failure" : "off",
    screenshot: "only-on-failure",
    actionTimeout: 60_000,
    launchOptions: {
      ...(existsSync(debian) ? { executablePath: debian } : {}),
      args: [
        // Chromium's sandbox refuses to start as root.
        ...(root ? ["--no-sandbox"] : []),
        // Chromium would contact its vendor.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        ...QUICKER,
      ],
    },
  },
});
