export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called for each line of its standard output, as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface Result {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process in an emulated machine. */
export class Command {
  /** How it ended; rejects if the machine went first. */
  readonly result: Promise<Result>;
  readonly #name: string;
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #kill: (signal: NodeJS.Signals) => void;
  readonly #text = { stdout: "", stderr: "" };
  #resolve!: (result: Result) => void;
  #reject!: (error: Error) => void;
  #heardUpTo = 0;

  constructor(command: readonly string[], options: CommandOptions, kill: (signal: NodeJS.Signals) => void) {
    this.#name = command.join(" ");
    this.#onLine = options.onLine;
    this.#kill = kill;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever cuts the power does not wait for what was running.
    this.result.catch(() => undefined);
  }

  /** Everything that it has written to its standard output so far. */
  get stdout(): string {
    return this.#text.stdout;
  }

  kill(signal: NodeJS.Signals): void {
    this.#kill(signal);
  }

  /** @internal */
  hear(channel: "stdout" | "stderr", text: string): void {
    this.#text[channel] += text;
    if (channel === "stderr" || this.#onLine === undefined) return;
    const end = this.#text.stdout.lastIndexOf("\n");
    if (end < this.#heardUpTo) return;
    const lines = this.#text.stdout.slice(this.#heardUpTo, end).split("\n");
    this.#heardUpTo = end + 1;
    lines.forEach((line) => this.#onLine?.(line));
  }

  /** @internal */
  end(status: number | null, signal: string | null): void {
    this.#resolve({ status, signal, ...this.#text });
  }

  /** @internal */
  lose(reason: string): void {
    this.#reject(new Error(`the machine ended while it ran ${this.#name}: ${reason}`));
  }
}
