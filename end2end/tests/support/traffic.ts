// The traffic between a page and the server.

import type { Page, Request } from "@playwright/test";

/** Records the calls that a page makes for an action. Polls do not count. */
export function actions(page: Page): Request[] {
  const seen: Request[] = [];
  page.on("request", (request) => {
    if (request.method() !== "GET" && request.method() !== "HEAD" && !request.url().endsWith("/list")) {
      seen.push(request);
    }
  });
  return seen;
}

/** Records everything that reaches the browser: each response's address, headers and body. */
export function arrivals(page: Page): { whole(): Promise<string> } {
  const answers: Promise<string>[] = [];
  page.on("response", (response) => {
    const type = response.headers()["content-type"] ?? "";
    answers.push(
      (async () => {
        const headers = JSON.stringify(await response.headersArray());
        // A redirect has no body, and the module is the same for everyone.
        const body = type.includes("wasm") ? "" : await response.text().catch(() => "");
        return `${response.url()}\n${headers}\n${body}`;
      })(),
    );
  });
  return {
    async whole() {
      return (await Promise.all(answers)).join("\n\n");
    },
  };
}
