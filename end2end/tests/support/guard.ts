// What no page may ever do, in any test.

import type { BrowserContext } from "@playwright/test";

// A failed hydration warns and carries on; a panic leaves a dead page; a policy violation is logged.
const NEVER = /hydrat|panicked|content security policy/i;

/** Collects what goes wrong in every page and frame of the context, in addition to `problems`. */
export function guard(context: BrowserContext, problems: string[] = []): string[] {
  context.on("weberror", (error) => problems.push(`uncaught: ${error.error().stack ?? error.error()}`));
  // The module finds exactly what the server sent, whatever people have written into it.
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
