// Restrictive policies of the host page: the screen works, or says exactly what blocks it. It never shows an endless
// "Loading…", and `convi-ready` comes only when it can be used.

import type { Page } from "@playwright/test";

import { connectToSave, heard, live, MODES, panel, test } from "./support/embedded.ts";
import { POLICY } from "./support/host.ts";
import { expect } from "./support/test.ts";

const note = (page: Page) => page.locator("convi-integrations").getByRole("alert");
const also = (more: string) => (convi: string) => `${POLICY(convi)}; ${more}`;
/** Removes what one directive allows. */
const without = (directive: string, what: (convi: string) => string) => (convi: string) =>
  POLICY(convi)
    .split("; ")
    .map((line) => (line.startsWith(directive) ? line.replace(what(convi), "") : line))
    .join("; ");

/** These tests provoke the browser's reports about refusals. */
const forgive = (problems: string[]) =>
  problems.splice(0, problems.length, ...problems.filter((it) => !/content security policy/i.test(it)));

const FINE: Record<string, { policy?: (convi: string) => string; headers?: Record<string, string> }> = {
  "requires trusted types": { policy: also("require-trusted-types-for 'script'") },
  "allows our trusted-types policy": {
    policy: also("require-trusted-types-for 'script'; trusted-types their-own convi-integrations"),
  },
  "is isolated": {
    headers: {
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
    },
  },
  "is isolated without credentials": {
    headers: {
      "cross-origin-embedder-policy": "credentialless",
      "cross-origin-opener-policy": "same-origin",
    },
  },
  "only reports": {
    headers: { "content-security-policy-report-only": "default-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'" },
  },
};

for (const mode of MODES) {
  for (const [name, settings] of Object.entries(FINE)) {
    test(`mode ${mode}: a host that ${name}`, async ({ page, visit, account, problems }) => {
      await visit(`?mode=${mode}`, settings);
      await connectToSave(panel(page, mode), account.credentials);
      expect(await heard(page, "convi-ready")).toHaveLength(1);
      expect(await heard(page, "convi-error")).toEqual([]);
      await expect(note(page)).toHaveCount(0);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(name.startsWith("is isolated"));
      if (name === "only reports") forgive(problems);
    });
  }
}

const REFUSED: Record<string, { mode: (typeof MODES)[number]; policy: (convi: string) => string; says: RegExp }> = {
  "only its own trusted types": {
    mode: "inline",
    policy: also("require-trusted-types-for 'script'; trusted-types their-own"),
    says: /^This page's Content-Security-Policy must allow convi-integrations in trusted-types\.$/,
  },
  "no trusted types": {
    mode: "inline",
    policy: also("require-trusted-types-for 'script'; trusted-types 'none'"),
    says: /^This page's Content-Security-Policy must allow convi-integrations in trusted-types\.$/,
  },
  "no calls": {
    mode: "inline",
    policy: without("connect-src", (convi) => ` ${convi}`),
    says: /^This page's Content-Security-Policy must allow http:\/\/127\.0\.0\.1:\d+ in connect-src\.$/,
  },
  "no frame": {
    mode: "frame",
    policy: without("frame-src", (convi) => convi),
    says: /^This page's Content-Security-Policy must allow http:\/\/127\.0\.0\.1:\d+ in frame-src\.$/,
  },
};

for (const [name, { mode, policy, says }] of Object.entries(REFUSED)) {
  test(`mode ${mode}: a host that allows ${name} is told so`, async ({ page, visit, problems }, info) => {
    await visit(`?mode=${mode}`, { policy });
    await expect(note(page)).toHaveText(says);
    const errors = await heard(page, "convi-error");
    expect(new Set(errors.map(({ detail }) => detail["kind"]))).toEqual(new Set(["policy"]));
    expect(await heard(page, "convi-ready")).toEqual([]);
    await expect(panel(page, mode).getByText("Loading…")).toBeHidden();
    for (const [width, theme] of [[1280, "light"], [375, "dark"]] as const) {
      await page.setViewportSize({ width, height: 720 });
      await page.evaluate((theme) => (document.documentElement.dataset["theme"] = theme), theme);
      await page.screenshot({ path: info.outputPath(`${width}-${theme}.png`) });
    }
    forgive(problems);
  });
}

test("a host that requires trusted types for its own scripts can still use the frame", async ({ page, visit, account }) => {
  await visit("?mode=frame", { policy: also("require-trusted-types-for 'script'; trusted-types 'none'") });
  await connectToSave(panel(page, "frame"), account.credentials);
});

for (const mode of MODES) {
  test(`mode ${mode}: a sandboxed host is told that it is sandboxed, not to list its origin`, async ({ page, visit, problems }) => {
    await visit(`?mode=${mode}`, {
      policy: also("sandbox allow-scripts allow-forms"),
      // For the page, its scripts come from another origin.
      headers: { "access-control-allow-origin": "*" },
    });
    await expect(note(page)).toHaveText("This page is sandboxed. Add allow-same-origin to its sandbox.");
    expect((await heard(page, "convi-error")).map(({ detail }) => detail["kind"])).toEqual(["origin"]);
    expect(await heard(page, "convi-ready")).toEqual([]);
    forgive(problems);
  });
}

for (const mode of MODES) {
  test(`mode ${mode}: a module that crashes does not leave a dead screen`, async ({ page, visit, account, problems }) => {
    await visit(`?mode=${mode}`);
    await expect(live(page, mode)).toBeAttached();
    await panel(page, mode).locator(".convi").evaluate((it) => it.setAttribute("data-test-old", ""));
    const frame = mode === "frame" ? page.frames().find((it) => it.url().includes("/embed/")) : page.mainFrame();
    const origin = new URL(await page.locator("script[type=module]").first().getAttribute("src") ?? "").origin;
    await frame?.evaluate((origin) => {
      const error = new WebAssembly.RuntimeError("unreachable");
      error.stack = `RuntimeError: unreachable\n    at ${origin}/pkg/panel.wasm:wasm-function[1]:0x1`;
      setTimeout(() => { throw error; });
    }, origin);
    // It is rendered again, and works without the module.
    await expect(panel(page, mode).locator(".convi:not([data-test-old])")).toBeVisible();
    await connectToSave(panel(page, mode), account.credentials);
    await expect(note(page)).toHaveCount(0);
    expect(await heard(page, "convi-error")).toEqual([]);
    problems.splice(0, problems.length, ...problems.filter((it) => !/unreachable/.test(it)));
  });
}
