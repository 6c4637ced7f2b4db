// `cargo xtask bench embed`: one worker, so that nothing else of ours runs during a measurement.

import { defineConfig } from "@playwright/test";

import browserTests, { QUICKER } from "../playwright.config.ts";

// Measures what people use.
const launchOptions = browserTests.use?.launchOptions;
const args = launchOptions?.args?.filter((it) => !QUICKER.includes(it)) ?? [];

export default defineConfig(browserTests, {
  testDir: ".",
  outputDir: "../test-results",
  workers: 1,
  timeout: 15 * 60_000,
  use: { trace: "off", screenshot: "off", actionTimeout: 60_000, launchOptions: { ...launchOptions, args } },
});
