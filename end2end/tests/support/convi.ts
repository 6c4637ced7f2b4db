// Convi's server as an operator runs it: a program, settings, and what it prints.

import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { Program, runProgram, type Environment } from "./program.ts";

const SERVER = "convi-integrations";

export type Role = "owner" | "admin" | "member";

export class Convi {
  private constructor(
    private readonly program: Program,
    private readonly env: Environment,
    /** `whsec_…`, what Convi's platform signs handovers with. */
    readonly ingestSecret: string,
    /** Where mails to the team land, one file each. */
    readonly outbox: string,
  ) {}

  get url(): string {
    return this.program.url;
  }

  static async start(folder: string, gorgiasUrl: string): Promise<Convi> {
    const ingestSecret = `whsec_${randomBytes(32).toString("base64")}`;
    const outbox = join(folder, "outbox");
    const env = {
      CONVI_LISTEN: "127.0.0.1:0",
      CONVI_DATABASE_URL: `sqlite://${join(folder, "convi.db")}`,
      CONVI_TOKEN_SECRET: randomBytes(32).toString("hex"),
      CONVI_INGEST_SECRET: ingestSecret,
      CONVI_GORGIAS_URL: `${gorgiasUrl}/{subdomain}`,
      CONVI_SMTP_URL: `file://${outbox}`,
    };
    const program = await Program.start(SERVER, [], env, join(folder, "server.log"));
    return new Convi(program, env, ingestSecret, outbox);
  }

  /** A dashboard token, as Convi's dashboard would hand out. */
  token(merchant: string, role: Role): Promise<string> {
    return runProgram(SERVER, ["token", "mint", "--merchant", merchant, "--role", role], this.env);
  }

  stop(): Promise<void> {
    return this.program.stop();
  }
}
