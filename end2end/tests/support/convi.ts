// Convi's server as an operator runs it: a program, settings, and what it prints.

import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { Program, runProgram, type Environment } from "./program.ts";

const SERVER = "convi-integrations";

/** Whoever signs in, unless a test says otherwise. */
export const NAME = "Olive Owner";

export type Role = "owner" | "admin" | "member";

export class Convi {
  private constructor(
    private readonly program: Program,
    private readonly env: Environment,
    /** `whsec_…`, what Convi's platform signs handovers with. */
    readonly ingestSecret: string,
  ) {}

  get url(): string {
    return this.program.url;
  }

  static async start(folder: string, gorgiasUrl: string, smtpUrl: string, demo = false): Promise<Convi> {
    const ingestSecret = `whsec_${randomBytes(32).toString("base64")}`;
    const env = {
      CONVI_LISTEN: "127.0.0.1:0",
      CONVI_DATABASE_URL: `sqlite://${join(folder, "convi.db")}`,
      CONVI_TOKEN_SECRET: randomBytes(32).toString("hex"),
      CONVI_INGEST_SECRET: ingestSecret,
      CONVI_GORGIAS_URL: `${gorgiasUrl}/{subdomain}`,
      CONVI_SMTP_URL: smtpUrl,
      CONVI_DEMO: demo ? "1" : "0",
    };
    const program = await Program.start(SERVER, [], env, join(folder, "server.log"));
    return new Convi(program, env, ingestSecret);
  }

  /** A dashboard token, as Convi's dashboard would hand out. */
  token(merchant: string, role: Role, name = NAME): Promise<string> {
    const who = ["--merchant", merchant, "--role", role, "--name", name];
    return runProgram(SERVER, ["token", "mint", ...who], this.env);
  }

  stop(): Promise<void> {
    return this.program.stop();
  }
}
