// A site of somebody else that shows the screen: `end2end/host`, served from an origin of its own.

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";

const FOLDER = resolve(import.meta.dirname, "../../host");
/** Convi's own. */
const SCRIPT = "embed/v1/convi-integrations.js";

/** What a test may change about it. */
export interface HostSettings {
  /** What `/token` answers; none: 403. */
  token: () => Promise<string | undefined>;
  /** The page's policy, from what it must allow of Convi. */
  policy: (convi: string) => string;
  /** What else its answers say. */
  headers?: Record<string, string>;
  /** Where the element comes from. */
  convi: string;
  /** The script that defines it. */
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

  /** The same by the name by which Convi is reached: another origin, but no other site, so cookies come along. */
  get near(): string {
    return this.url.replace("localhost", "127.0.0.1");
  }

  /** And by a name that nobody has listed, of another site. */
  get foreign(): string {
    return this.url.replace("localhost", "foreign.localhost");
  }

  /** Not the name by which Convi is reached: for a browser it is another site. */
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
