/**
 * A contender in a child process. The protocol is lines: the child says `ready <durability>` once it has set up; for
 * every line `sample` on its standard input it does the work once and answers with the figure; at end of input it cleans
 * up and leaves. It is the same for C, Python and whatever else.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

import type { Runner } from "../workload.ts";

/** How long a child may take to clean up before it is killed. */
const STOP_TIMEOUT_MS = 10_000;

export interface ChildOptions {
  readonly command: string;
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Starts a child contender and waits until it is ready.
 * @throws Error where the child leaves before it is ready, or later instead of answering; with what it wrote to stderr
 */
export async function startChild(options: ChildOptions): Promise<Runner> {
  const child = spawn(options.command, [...(options.arguments ?? [])], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.environment },
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  // A child that died answers the next write with EPIPE; the missing answer below reports it.
  child.stdin.on("error", () => {});
  const exited = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (!done) return value;
    await exited;
    throw new Error(
      `${options.command} left without an answer (${ending(child)}): ${complaint.trim() || "no message"}`,
    );
  };
  const greeting = await nextLine();
  if (!greeting.startsWith("ready ")) {
    child.kill("SIGKILL");
    throw new Error(`expected "ready <durability>" from ${options.command}, found ${JSON.stringify(greeting)}`);
  }
  return {
    durability: greeting.slice("ready ".length),
    async sample() {
      child.stdin.write("sample\n");
      return Number(await nextLine());
    },
    async stop() {
      child.stdin.end();
      const deadline = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(deadline);
    },
  };
}

function ending(child: ChildProcess): string {
  if (child.pid === undefined) return "could not be started";
  return child.signalCode ?? `exit code ${child.exitCode}`;
}
