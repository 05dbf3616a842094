/**
 * What is measured: a workload has one contender of ours and any number of peers, which do the same work on the same
 * medium. Everything that a contender needs but that is not the work itself (files, children, compiled programs) is
 * made in `start` and undone in `stop`, outside the clock.
 */

/** Whether a larger or a smaller figure is the better one. */
export type Better = "higher" | "lower";

/** What a run is told: the same for every contender of it. */
export interface RunContext {
  /** A quick run: contenders do less work a sample, and the harness takes fewer samples. */
  readonly quick: boolean;
}

/** A contender that is ready to be measured. */
export interface Runner {
  /** What the work survives once it is done, in a few words: `power-failure (fsync)`, `process-exit (tmpfs)`. */
  readonly durability: string;
  /** Does the work once and returns the figure, in the workload's unit. The contender holds the clock. */
  sample(): number | Promise<number>;
  /** Gives back whatever `start` took. Called once, also after a failure. */
  stop?(): void | Promise<void>;
}

/** A contender that cannot run here; `reason` says what is missing and how to get it. */
export interface Absent {
  readonly absent: string;
}

export interface Contender {
  readonly name: string;
  /** Makes the contender ready, or says why it is absent. A throw is a failure of the benchmark, not an absence. */
  start(context: RunContext): Runner | Absent | Promise<Runner | Absent>;
}

export interface Peer extends Contender {
  /**
   * The ratio ours / peer to reach: at least this much where higher is better, at most where lower is. Without a bar the
   * ratio is reported only.
   */
  readonly bar?: number;
}

export interface Workload {
  /** Kebab-case and unique within the package: `persist-64b.dev-shm`. */
  readonly id: string;
  /** One line for the table. */
  readonly title: string;
  /** Unit of every figure: `op/s`, `GB/s`, `ms`. */
  readonly unit: string;
  readonly better: Better;
  /** The directory that holds the files of all contenders; its file system is what the row reports as medium. */
  readonly directory: string;
  /** Samples a contender; 7 by default, at most 3 in a quick run. */
  readonly samples?: number;
  /** Samples thrown away first; 1 by default. */
  readonly warmups?: number;
  /** A figure that ours must reach whatever the peers do, in `unit`. It gets a row of its own. */
  readonly goal?: number;
  readonly ours: Contender;
  readonly peers: readonly Peer[];
}

export function isAbsent(started: Runner | Absent): started is Absent {
  return "absent" in started;
}
