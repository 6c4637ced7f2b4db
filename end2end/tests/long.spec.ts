// A conversation of 2,000 messages on the agents' page. It counts how much of the page is touched, and only prints
// times, because asserting them would be flaky.

import type { Locator, Page } from "@playwright/test";

import { expect, test } from "./support/storefront.ts";
import { signIn } from "./support/test.ts";
import { Visitor } from "./support/visitor.ts";

const MANY = 2_000;
/** Long, because the tests use an unoptimised module, which must hydrate 2,000 messages at once. */
const LIVE = { timeout: 60_000 };
/** Counted, not searched: a failed search makes Playwright read the whole page, which blocks it for seconds. */
const SHOWN = { timeout: 30_000 };

// A trace copies the document at each step, and this one is large.
test.use({ trace: "off" });

interface Watched extends Window {
  /** The messages when recording began. */
  turns: Element[];
  changes: { added: number; removed: number; other: number };
  /** Milliseconds during which the page was blocked. */
  busy: number;
}

/** Records changes of the page from now on. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const watched = window as unknown as Watched;
    watched.turns = [...document.querySelectorAll(".turns > li")];
    watched.changes = { added: 0, removed: 0, other: 0 };
    watched.busy = 0;
    const size = (nodes: NodeList) =>
      [...nodes].reduce((sum, node) => sum + 1 + (node instanceof Element ? node.querySelectorAll("*").length : 0), 0);
    new MutationObserver((records) => {
      for (const { type, addedNodes, removedNodes } of records) {
        watched.changes.added += size(addedNodes);
        watched.changes.removed += size(removedNodes);
        watched.changes.other += type === "childList" ? 0 : 1;
      }
    }).observe(document.body, { attributes: true, characterData: true, childList: true, subtree: true });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        watched.busy += duration;
      }
    }).observe({ type: "longtask" });
  });
}

/**
 * Returns what changed since the last call, and whether every earlier message is still the same element in its place.
 */
function changes(page: Page): Promise<Watched["changes"] & { kept: boolean; busy: number }> {
  return page.evaluate(() => {
    const watched = window as unknown as Watched;
    const now = [...document.querySelectorAll(".turns > li")];
    const kept = watched.turns.every((turn, index) => turn === now[index]);
    const found = { ...watched.changes, kept, busy: Math.round(watched.busy) };
    Object.assign(watched, { turns: now, changes: { added: 0, removed: 0, other: 0 }, busy: 0 });
    return found;
  });
}

/** Waits for the next poll to begin and end. */
async function look(page: Page): Promise<{ after: number; bytes: number }> {
  const response = await page.waitForResponse("**/api/conversations/get");
  const body = await response.body();
  return { after: (response.request().postDataJSON() as { after: number }).after, bytes: body.length };
}

const top = (turn: Locator): Promise<number> => turn.evaluate((element) => element.getBoundingClientRect().top);

test("a conversation of 2,000 messages opens at its end, and a new message changes nothing else", async ({
  window,
  convi,
  front,
  merchant,
  team,
}) => {
  test.setTimeout(300_000);
  const jane = await Visitor.of(front, merchant);
  await jane.say("first", "The first of many");
  const id = (await team.talks())[0]?.id ?? "";
  const began = Date.now();
  // The first message and the assistant's answer exist.
  await team.replies(
    id,
    Array.from({ length: MANY - 2 }, (_, index) => `Number ${index + 3}: ${"some words of an answer ".repeat(index % 7)}`),
  );
  const made = Date.now() - began;

  const context = await window();
  await signIn(context, convi, await convi.token(merchant, "owner", "Ada"));
  const ada = await context.newPage();
  const opened = Date.now();
  const response = await ada.goto(`/conversations/${id}`);
  const painted = Date.now() - opened;
  await ada.locator("html[data-hydrated]").waitFor({ state: "attached", ...LIVE });
  const live = Date.now() - opened;
  const box = ada.getByRole("log", { name: "Transcript" });
  const turns = box.locator(".turns > li");
  await expect(turns).toHaveCount(MANY);
  await expect(turns.last()).toBeInViewport();
  await expect(turns.first()).not.toBeInViewport();
  const laidOut = await ada.evaluate(
    () =>
      [...document.querySelectorAll(".turn-text")].filter((text) => text.checkVisibility({ contentVisibilityAuto: true }))
        .length,
  );
  const nodes = await ada.evaluate(() => document.querySelectorAll("*").length);
  expect(laidOut, "messages that the browser lays out").toBeLessThan(100);

  // Two polls without new messages.
  await watch(ada);
  const idle = [await look(ada), await look(ada)];
  const atRest = await changes(ada);
  for (const { after, bytes } of idle) {
    expect(after, "only news is requested").toBe(MANY);
    expect(bytes, "no message comes with it").toBeLessThan(1_000);
  }
  expect(atRest).toMatchObject({ added: 0, removed: 0, other: 0, kept: true });

  // New messages while the reader is at the end.
  const wrote = Date.now();
  await jane.say("at-the-end", "Is the lamp still there?");
  const sent = Date.now() - wrote;
  // The shopper's message and the assistant's answer.
  await expect(turns).toHaveCount(MANY + 2, SHOWN);
  const shown = Date.now() - wrote;
  await expect(turns.nth(MANY)).toContainText("Is the lamp still there?");
  await expect(turns.last()).toBeInViewport();
  const news = await changes(ada);
  expect(news.kept, "the earlier messages are the same elements").toBe(true);
  expect(news.added + news.removed + news.other, "nodes of the whole page that were touched").toBeLessThan(60);

  // New messages while the reader is further up.
  const middle = turns.nth(MANY / 2);
  await middle.scrollIntoViewIfNeeded();
  await expect(middle).toBeInViewport();
  // What was scrolled into view is laid out first.
  await ada.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const before = await top(middle);
  await jane.say("below", "Hello?");
  await expect(turns).toHaveCount(MANY + 4, SHOWN);
  const above = await changes(ada);
  expect(above.kept).toBe(true);
  expect(above.added + above.removed + above.other).toBeLessThan(60);
  expect(Math.abs((await top(middle)) - before), "pixels by which the text moved while being read").toBeLessThanOrEqual(1);

  const html = (await response?.body())?.length ?? 0;
  console.log(
    [
      `${MANY} messages were written in ${made} ms`,
      `the page was there after ${painted} ms and live after ${live} ms: ${html} bytes of HTML, ${nodes} elements, ${laidOut} turns laid out`,
      `a look without news: ${idle[0]?.bytes} bytes, ${JSON.stringify(atRest)}`,
      `a new message was sent after ${sent} ms and shown after ${shown} ms`,
      `a new message at the end: ${JSON.stringify(news)}`,
      `a new message below: ${JSON.stringify(above)}`,
    ].join("\n"),
  );
});
