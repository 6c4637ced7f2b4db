// A site that embeds the screen: `end2end/host`, served from its own origin.

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";

const FOLDER = resolve(import.meta.dirname, "../../host");
/** Convi's own script. */
const SCRIPT = "embed/v1/convi-integrations.js";

/** What a test may change about the site. */
export interface HostSettings {
  /** What `/token` returns; 403 if undefined. */
  token: () => Promise<string | undefined>;
  /** The page's policy, given what it must allow for Convi. */
  policy: (convi: string) => string;
  /** Additional response headers. */
  headers?: Record<string, string>;
  /** The origin of the element's script. */
  convi: string;
  /** The script that defines the element. */
  script?: string;
}

/** The policy that docs/embedding.md tells a host to have. */
export const POLICY = (convi: string): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    `script-src 'self' ${convi} 'wasm-unsafe-eval'`,
    `connect-src 'self' ${convi}`,
    `frame-src ${convi}`,
    "base-uri 'none'",
  ].join("; ");

export class Host {
  settings: HostSettings | undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** The same site under Convi's host name: a different origin but the same site, so cookies are sent. */
  get near(): string {
    return this.url.replace("localhost", "127.0.0.1");
  }

  /** And under a name of another site that is not listed. */
  get foreign(): string {
    return this.url.replace("localhost", "foreign.localhost");
  }

  /** Not Convi's host name, so for a browser it is another site. */
  static async start(): Promise<Host> {
    let host: Host | undefined;
    const server = createServer((request, response) => {
      void (async () => {
        const { pathname } = new URL(request.url ?? "/", "http://localhost");
        const settings = host?.settings;
        if (!settings || pathname === "/favicon.ico") {
          return response.writeHead(204).end();
        }
        if (pathname === "/token") {
          const token = await settings.token();
          return response.writeHead(token ? 200 : 403, { "content-type": "text/plain" }).end(token ?? "");
        }
        const file = /^\/host\.(js|css)$/.exec(pathname);
        const type = file?.[1] === "css" ? "text/css" : file ? "text/javascript" : "text/html";
        const text = await readFile(resolve(FOLDER, file ? pathname.slice(1) : "index.html"), "utf8");
        return response
          .writeHead(200, {
            "content-type": `${type}; charset=utf-8`,
            "content-security-policy": settings.policy(settings.convi),
            ...settings.headers,
          })
          .end(text.replaceAll("__CONVI__", settings.convi).replaceAll("__SCRIPT__", settings.script ?? SCRIPT));
      })();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    host = new Host(server, `http://localhost:${(server.address() as AddressInfo).port}`);
    return host;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
