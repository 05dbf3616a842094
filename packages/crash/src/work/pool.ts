import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { AnswerTo, Task } from "./tasks.ts";

const workerModule = fileURLToPath(new URL("./worker.js", import.meta.url));

/** Node 20 has `ArrayBuffer.prototype.transfer`, by which the emulator detaches views seven times as fast, behind a flag. */
const flags: readonly string[] =
  typeof (ArrayBuffer.prototype as { transfer?: unknown }).transfer === "function"
    ? []
    : ["--harmony-rab-gsab-transfer"];

type Reply = { readonly result: unknown } | { readonly error: string };

/** A process that does tasks, one at a time. */
export class Worker implements Disposable {
  readonly #child: ChildProcess;

  /** @param execArgv options of Node for the process, such as a module to load first */
  constructor(execArgv: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    this.#child = fork(workerModule, [], {
      execArgv: [...flags, ...execArgv],
      env: { ...process.env, ...env },
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
  }

  /** @throws Error with the worker's own stack, or if it died */
  do<Asked extends Task>(task: Asked): Promise<AnswerTo<Asked>> {
    return new Promise((resolve, reject) => {
      const died = (code: number | null, signal: string | null): void => {
        this.#child.off("message", replied);
        reject(new Error(`a worker died of ${signal ?? `exit code ${code}`} while it did ${JSON.stringify(task)}`));
      };
      const replied = (reply: Reply): void => {
        this.#child.off("exit", died);
        if ("error" in reply) reject(new Error(`${JSON.stringify(task)} failed: ${reply.error}`));
        else resolve(reply.result as AnswerTo<Asked>);
      };
      this.#child.once("exit", died);
      this.#child.once("message", replied);
      this.#child.send(task);
    });
  }

  [Symbol.dispose](): void {
    // One that has died is disconnected already.
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** Processes, one a core, which do tasks as they come free. */
export class Pool implements Disposable {
  readonly workers: readonly Worker[];

  constructor(size: number) {
    this.workers = Array.from({ length: size }, () => new Worker());
  }

  /** Does what `tasks` yields, which is asked when a worker is free; hands over each answer as it comes. */
  async run<Asked extends Task>(
    tasks: Iterable<Asked>,
    take: (answer: AnswerTo<Asked>, task: Asked) => void,
  ): Promise<void> {
    const iterator = tasks[Symbol.iterator]();
    const work = async (worker: Worker): Promise<void> => {
      for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
        take(await worker.do(next.value), next.value);
      }
    };
    await Promise.all(this.workers.map(work));
  }

  [Symbol.dispose](): void {
    for (const worker of this.workers) worker[Symbol.dispose]();
  }
}
