import { existsSync } from "node:fs";

import { defineConfig, devices } from "@playwright/test";

import type { Options } from "./tests/support/test.ts";

// Debian's package, where there is one; else the Chromium that Playwright itself installs.
const debian = "/usr/bin/chromium";
const root = process.getuid?.() === 0;

// No process for a GPU that is not there, and modules compiled once and quickly: each test loads them anew, and has ended
// before optimised code would pay.
export const QUICKER = ["--disable-gpu", "--js-flags=--liftoff-only"];

export default defineConfig<Options>({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: true,
  // Two cores, and every worker has a server, an emulator and a browser of its own.
  workers: 2,
  // A test that fails now and then is a bug in it or in what it tests.
  retries: 0,
  forbidOnly: !!process.env.CI,
  // A busy machine may take its time: what works is not ended, and nobody waits longer for what is there.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    locale: "en-GB",
    timezoneId: "UTC",
    // A trace records every step of every test, a seventh of all their CPU time, to be thrown away: it is for who looks
    // into one of them. What the page looked like when a test failed is there anyway.
    trace: process.env.CONVI_TRACE ? "retain-on-failure" : "off",
    screenshot: "only-on-failure",
    actionTimeout: 60_000,
    launchOptions: {
      ...(existsSync(debian) ? { executablePath: debian } : {}),
      args: [
        // Chromium's sandbox refuses to start for root.
        ...(root ? ["--no-sandbox"] : []),
        // It would phone home.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        ...QUICKER,
      ],
    },
  },
});
