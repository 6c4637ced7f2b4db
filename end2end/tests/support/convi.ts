// Convi's server as an operator runs it: a program with settings and output.

import { createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";

import { Program, runProgram, type Environment } from "./program.ts";

const SERVER = "convi-integrations";

/** The name of the signed-in person, unless a test says otherwise. */
export const NAME = "Olive Owner";

export type Role = "owner" | "admin" | "member";

export class Convi {
  private constructor(
    private readonly program: Program,
    private readonly env: Environment,
    /** `whsec_…`, with which Convi's platform signs handovers. */
    readonly ingestSecret: string,
  ) {}

  get url(): string {
    return this.program.url;
  }

  /** `more` are settings that most tests leave unchanged. */
  static async start(folder: string, gorgiasUrl: string, smtpUrl: string, more: Environment = {}): Promise<Convi> {
    const ingestSecret = `whsec_${randomBytes(32).toString("base64")}`;
    const env = {
      CONVI_LISTEN: "127.0.0.1:0",
      CONVI_DATABASE_URL: `sqlite://${join(folder, "convi.db")}`,
      CONVI_TOKEN_SECRET: randomBytes(32).toString("hex"),
      CONVI_INGEST_SECRET: ingestSecret,
      CONVI_GORGIAS_URL: `${gorgiasUrl}/{subdomain}`,
      CONVI_SMTP_URL: smtpUrl,
      ...more,
    };
    const program = await Program.start(SERVER, [], env, join(folder, "server.log"));
    return new Convi(program, env, ingestSecret);
  }

  /** Returns a dashboard token, as Convi's dashboard would issue it. */
  token(merchant: string, role: Role, name = NAME): Promise<string> {
    const who = ["--merchant", merchant, "--role", role, "--name", name];
    return runProgram(SERVER, ["token", "mint", ...who], this.env);
  }

  /** Returns a token that expired an hour ago, as from a dashboard that keeps its tokens too long. */
  endedToken(merchant: string): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const exp = Math.floor(Date.now() / 1000) - 3_600;
    const claims = { sub: "u1", name: NAME, merchant, role: "owner", aud: "convi-integrations", exp };
    const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
    const secret = this.env["CONVI_TOKEN_SECRET"] ?? "";
    return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
  }

  stop(): Promise<void> {
    return this.program.stop();
  }
}
