import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach } from "vitest";

const running = new Set<ChildProcess>();

/** Another process with a shelf of its own, and what it says. */
export class ShelfProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(role: "reader" | "writer", path: string) {
    const program = join(import.meta.dirname, "shelf-process.mjs");
    this.#child = spawn(process.execPath, [program, role, path], { stdio: ["pipe", "pipe", "inherit"] });
    running.add(this.#child);
    const output = this.#child.stdout;
    if (output === null) throw new Error("no pipe to the other process");
    this.#lines = createInterface({ input: output })[Symbol.asyncIterator]();
  }

  static async start(role: "reader" | "writer", path: string): Promise<ShelfProcess> {
    const started = new ShelfProcess(role, path);
    await started.line();
    return started;
  }

  /** Has a deed done and gives its answer: a line of its output. */
  async ask(deed: string, ...args: unknown[]): Promise<string> {
    this.#child.stdin?.write(`${JSON.stringify([deed, ...args])}\n`);
    return this.line();
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("the other process ended");
    return value;
  }

  async kill(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" = "SIGKILL"): Promise<void> {
    this.#child.kill(signal);
    if (signal === "SIGKILL" && this.#child.exitCode === null) await once(this.#child, "exit");
  }
}

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});
