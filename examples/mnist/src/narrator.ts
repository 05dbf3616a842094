import { MultiBar, type SingleBar } from "cli-progress";

interface Stretch {
  readonly title: string;
  readonly total: number;
  /** Share of the work at which the next plain line is due. */
  nextLineAt: number;
  readonly bars: MultiBar | null;
  readonly bar: SingleBar | null;
}

/** Tells people what is happening: lines, and below them a progress bar on a terminal; elsewhere lines alone. */
export class Narrator {
  readonly #silent: boolean;
  #stretch: Stretch | null = null;

  constructor(options: { readonly silent: boolean }) {
    this.#silent = options.silent;
  }

  line(text: string): void {
    if (this.#silent) return;
    if (this.#stretch?.bars) this.#stretch.bars.log(`${text}\n`);
    else console.log(text);
  }

  /** Begins a stretch of work of so many steps. */
  begin(title: string, total: number): void {
    this.end();
    const onTerminal = process.stdout.isTTY && !this.#silent;
    const bars = onTerminal
      ? new MultiBar({
          stream: process.stdout,
          format: `  ${title} {bar} step {value} of {total}, loss {loss}`,
          clearOnComplete: true,
          // Its handler would swallow the Ctrl-C that it waits for.
          gracefulExit: false,
        })
      : null;
    this.#stretch = { title, total, nextLineAt: 0.1, bars, bar: bars?.create(total, 0, { loss: "-" }) ?? null };
  }

  /** Says how far the stretch is: on a terminal as it goes, elsewhere every tenth. */
  step(step: number, loss: number): void {
    const stretch = this.#stretch;
    if (stretch === null) return;
    stretch.bar?.update(step, { loss: loss.toFixed(3) });
    if (stretch.bar === null && step / stretch.total >= stretch.nextLineAt) {
      stretch.nextLineAt = Math.floor((step / stretch.total) * 10 + 1) / 10;
      this.line(`  ${stretch.title}: step ${step} of ${stretch.total}, loss ${loss.toFixed(3)}`);
    }
  }

  /** Ends the stretch: no bar is left on the terminal. */
  end(): void {
    const bars = this.#stretch?.bars;
    this.#stretch = null;
    // Lines wait for the next redraw; without this one the last would be lost.
    bars?.update();
    bars?.stop();
  }
}
