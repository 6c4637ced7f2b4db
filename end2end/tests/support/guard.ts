// What no page may ever do, whichever test it is open in.

import type { BrowserContext } from "@playwright/test";

// A hydration that fails warns and goes on; a panic leaves a page that looks alive; a violated policy says so here.
const NEVER = /hydrat|panicked|content security policy/i;

/** Collects what goes wrong in every page and frame of the context, beside what went wrong elsewhere. */
export function guard(context: BrowserContext, problems: string[] = []): string[] {
  context.on("weberror", (error) => problems.push(`uncaught: ${error.error().stack ?? error.error()}`));
  // What the server sends is what its module finds, whatever people have written into it.
  context.on("request", (request) => {
    if (request.url().includes("/hydration-failed/")) problems.push(`rendered anew: ${request.url()}`);
  });
  context.on("console", (message) => {
    if (NEVER.test(message.text())) {
      problems.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  return problems;
}
