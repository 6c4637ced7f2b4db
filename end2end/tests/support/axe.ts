// Accessibility: WCAG 2.2 AA as far as a program can tell.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Frame, type Page } from "@playwright/test";
import axe from "axe-core";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Fails with a line for each element that breaks a rule. No rule is switched off. The test goes on, for the others. */
export async function expectAccessible(page: Page, look = "as it is", frames = false): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    // Not the styles: it would copy those of each shadow root into an inline one, which our policies refuse, for a rule
    // that is none of these.
    .options({ preload: { assets: ["media"] } })
    .withTags(TAGS)
    // In the page itself: the other way opens a second page each time, and is for frames of other origins.
    .setLegacyMode(!frames)
    .analyze();
  expectNone(violations, look);
}

/** The same for one document alone, and much quicker: nothing is opened, and no other frame is asked. */
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
