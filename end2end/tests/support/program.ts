// The built programs, each started on its own port and stopped with the worker.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createWriteStream, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const STARTS_WITHIN_MS = 120_000;
const ENDS_WITHIN_MS = 45_000;

export type Environment = Record<string, string>;

/** Returns the path of a built program. `cargo xtask test` says where they are; otherwise the usual place is used. */
export function programPath(name: string): string {
  const folder = process.env.CONVI_PROGRAMS ?? resolve(import.meta.dirname, "../../../target/debug");
  const path = join(folder, name);
  if (!existsSync(path)) {
    throw new Error(`${path} is not built: run \`cargo xtask build\``);
  }
  return path;
}

/** Returns the environment that a program needs, without the settings of the person running the tests. */
function environment(own: Environment): Environment {
  const { PATH = "", HOME = "", TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), ...own };
}

/** Runs a program to its end and returns its output. */
export async function runProgram(name: string, args: string[], env: Environment): Promise<string> {
  const { stdout } = await promisify(execFile)(programPath(name), args, { env: environment(env) });
  return stdout.trim();
}

/** A program that listens on a port. */
export class Program {
  private constructor(
    readonly name: string,
    /** Such as `http://127.0.0.1:41234`. */
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /** Starts it and waits until it prints `listening on http://…`, plain or in a JSON log line. */
  static async start(name: string, args: string[], env: Environment, logFile: string): Promise<Program> {
    const child = spawn(programPath(name), args, {
      env: environment(env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const log = createWriteStream(logFile);
    let output = "";
    const url = await new Promise<string>((found, fail) => {
      const timer = setTimeout(
        () => fail(new Error(`${name} printed no address in ${STARTS_WITHIN_MS} ms:\n${output}`)),
        STARTS_WITHIN_MS,
      );
      const read = (chunk: Buffer) => {
        log.write(chunk);
        if (output.length < 100_000) {
          output += chunk.toString();
          const url = listeningAddress(output);
          if (url) {
            clearTimeout(timer);
            found(url);
          }
        }
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("error", fail);
      child.on("exit", (code, signal) => {
        clearTimeout(timer);
        fail(new Error(`${name} ended at once (${signal ?? `exit code ${code}`}):\n${output}`));
      });
    }).catch((error: unknown) => {
      child.kill("SIGKILL");
      throw error;
    });
    // A worker that is ended from outside stops its programs.
    process.once("exit", () => child.kill("SIGKILL"));
    return new Program(name, url, child);
  }

  /** Asks it to stop, and kills it after a while. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      return;
    }
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), ENDS_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  }
}

/** Returns the address in a program's output. The line must be complete, because half a port is another port. */
export function listeningAddress(output: string): string | undefined {
  const plain = output.replaceAll(/\u001b\[[0-9;]*m/g, "");
  return /listening on (http:\/\/[\w.:[\]-]+:\d+)\/?[^\d]/i.exec(plain)?.[1];
}
