// `cargo xtask bench embed`: one worker, so that nothing else of ours runs while something is timed.

import { defineConfig } from "@playwright/test";

import browserTests from "../playwright.config.ts";

export default defineConfig(browserTests, {
  testDir: ".",
  outputDir: "../test-results",
  workers: 1,
  timeout: 15 * 60_000,
  use: { trace: "off", screenshot: "off", actionTimeout: 30_000 },
});
