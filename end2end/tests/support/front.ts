// A reverse proxy in front of Convi, as in production. It passes on a client address of its own, so that a test's
// shoppers do not share a rate limit with those of other tests.

import { createServer, request as ask } from "node:http";
import type { AddressInfo } from "node:net";

let addresses = 0;

export interface Front {
  /** The server's address, as the browser sees it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a proxy that gives its clients one unique address. It may rewrite the pages that it passes on. */
export async function inFrontOf(url: string, rewrite?: (html: string) => string): Promise<Front> {
  const address = `2001:db8:1:${(++addresses).toString(16)}::1`;
  const server = createServer((request, response) => {
    const onward = ask(new URL(request.url ?? "/", url), {
      method: request.method,
      headers: {
        ...request.headers,
        "x-forwarded-for": address,
        ...(rewrite ? { "accept-encoding": "identity" } : {}),
      },
    });
    onward.on("response", (answer) => {
      if (rewrite && answer.headers["content-type"]?.startsWith("text/html")) {
        const { "content-length": _, ...headers } = answer.headers;
        let html = "";
        answer.setEncoding("utf8");
        answer.on("data", (text: string) => (html += text));
        answer.on("end", () => response.writeHead(answer.statusCode ?? 502, headers).end(rewrite(html)));
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    // The browser or the server went away, so there is nobody to answer.
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
