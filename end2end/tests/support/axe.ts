// Accessibility: WCAG 2.2 AA, as far as a program can check it.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Frame, type Page } from "@playwright/test";
import axe from "axe-core";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/**
 * Fails with a line for each element that violates a rule. No rule is disabled. The test continues, so that later
 * checks run too.
 */
export async function expectAccessible(page: Page, look = "as it is", frames = false): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    // Without stylesheets: axe would copy those of each shadow root into an inline one, which our policies block, for a
    // rule that we do not use.
    .options({ preload: { assets: ["media"] } })
    .withTags(TAGS)
    // In the page itself. The other mode opens a second page each time, and is for frames of other origins.
    .setLegacyMode(!frames)
    .analyze();
  expectNone(violations, look);
}

/** The same for a single document, and much faster: it opens no page and visits no other frame. */
export async function expectFrameAccessible(frame: Frame, look: string): Promise<void> {
  if (!(await frame.evaluate(() => "axe" in window))) await frame.evaluate(axe.source);
  const { violations } = await frame.evaluate(
    (values) => (window as unknown as { axe: typeof axe }).axe.run({ iframes: false, runOnly: { type: "tag", values } }),
    TAGS,
  );
  expectNone(violations, look);
}

function expectNone(violations: axe.Result[], look: string): void {
  const lines = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)}\n  ${node.failureSummary ?? ""}`),
  );
  expect.soft(lines, `what axe found (${look})`).toEqual([]);
}
