import { Worker } from "node:worker_threads";

/** Ends the test process, saying where it was, if it makes no progress: a loop without end has no other way out. */
export class Watchdog implements Disposable {
  readonly #progress = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  constructor(what: string, limitMilliseconds: number) {
    this.#worker = new Worker(watch, { eval: true, workerData: { progress: this.#progress, what, limitMilliseconds } });
    this.#worker.unref();
  }

  /** Tells that step `index` begins. */
  begin(index: number): void {
    Atomics.store(this.#progress, 0, index + 1);
  }

  [Symbol.dispose](): void {
    void this.#worker.terminate();
  }
}

const watch = `
  const { workerData: { progress, what, limitMilliseconds } } = require("node:worker_threads");
  const { writeSync } = require("node:fs");
  let last = 0;
  setInterval(() => {
    const now = Atomics.load(progress, 0);
    if (now === last && now > 0) {
      writeSync(2, what + ": index " + (now - 1) + " hangs\\n");
      process.kill(process.pid, "SIGKILL");
    }
    last = now;
  }, limitMilliseconds);
`;
