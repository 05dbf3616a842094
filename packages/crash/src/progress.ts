import { SingleBar } from "cli-progress";

const lineMs = 15_000;

/** A bar on a terminal; elsewhere a line now and then, so that a log shows that something goes on. */
export class Progress implements Disposable {
  // Its graceful exit would swallow the Ctrl-C that it waits for.
  readonly #bar = new SingleBar({
    format: "{bar} {value} of {total} {what} | {details}",
    clearOnComplete: true,
    gracefulExit: false,
  });
  #what = "";
  #total = 0;
  #nextLineAt = 0;

  start(what: string, total: number): void {
    this.#bar.stop();
    this.#bar.start(total, 0, { what, details: "" });
    this.#what = what;
    this.#total = total;
    this.#nextLineAt = performance.now() + lineMs;
  }

  update(done: number, details: string): void {
    this.#bar.update(Math.min(done, this.#total), { details });
    if (process.stderr.isTTY || performance.now() < this.#nextLineAt) return;
    this.#nextLineAt = performance.now() + lineMs;
    console.error(`${done} of ${this.#total} ${this.#what}, ${details}`);
  }

  [Symbol.dispose](): void {
    this.#bar.stop();
  }
}
