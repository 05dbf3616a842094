/** Runs one workload: all contenders are started, then sampled in turn (A B C A B C ...), then stopped. */

import { describeMedium } from "./medium.ts";
import { passes, type Row } from "./row.ts";
import { median } from "./statistics.ts";
import { type Contender, isAbsent, type RunContext, type Runner, type Workload } from "./workload.ts";

interface Started {
  readonly contender: Contender;
  readonly runner: Runner | null;
  readonly absent: string | null;
  readonly samples: number[];
}

/** What {@link measure} tells while it works. */
export interface Progress {
  (step: { readonly workload: string; readonly done: number; readonly total: number }): void;
}

/**
 * Measures a workload and gives one row a peer.
 * @throws RangeError where a contender returns anything but a positive finite number
 * @throws Error where our own contender is absent: there would be nothing to report
 */
export async function measure(workload: Workload, context: RunContext, progress?: Progress): Promise<Row[]> {
  const warmups = workload.warmups ?? 1;
  const samples = context.quick ? Math.min(3, workload.samples ?? 3) : (workload.samples ?? 7);
  const started: Started[] = [];
  try {
    for (const contender of [workload.ours, ...workload.peers]) started.push(await start(contender, context));
    if (started[0].absent !== null)
      throw new Error(`${workload.id}: our own contender is absent: ${started[0].absent}`);
    const present = started.filter((each) => each.runner !== null);
    const total = (warmups + samples) * present.length;
    let done = 0;
    for (let round = -warmups; round < samples; round++) {
      for (const each of present) {
        const figure = await each.runner!.sample();
        if (!(figure > 0 && Number.isFinite(figure)))
          throw new RangeError(
            `${workload.id}: expected a positive figure from ${each.contender.name}, found ${figure}`,
          );
        if (round >= 0) each.samples.push(figure);
        progress?.({ workload: workload.id, done: ++done, total });
      }
    }
  } finally {
    await stopAll(started);
  }
  const rows = started
    .slice(1)
    .map((peer, index) => row(workload, started[0], peer, workload.peers[index].bar ?? null));
  return workload.goal === undefined ? rows : [...rows, goalRow(workload, started[0], workload.goal)];
}

/** Stops all, the last one first. @throws the first error, once the others are stopped too */
async function stopAll(started: readonly Started[]): Promise<void> {
  const errors: unknown[] = [];
  for (const { runner } of started.toReversed()) {
    try {
      await runner?.stop?.();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

async function start(contender: Contender, context: RunContext): Promise<Started> {
  const outcome = await contender.start(context);
  return isAbsent(outcome)
    ? { contender, runner: null, absent: outcome.absent, samples: [] }
    : { contender, runner: outcome, absent: null, samples: [] };
}

/** Our figure beside one that was promised: a peer whose every sample is the goal. */
function goalRow(workload: Workload, ours: Started, goal: number): Row {
  const runner: Runner = { durability: ours.runner!.durability, sample: () => goal };
  const contender: Contender = { name: "goal", start: () => runner };
  return row(workload, ours, { contender, runner, absent: null, samples: ours.samples.map(() => goal) }, 1);
}

function row(workload: Workload, ours: Started, peer: Started, bar: number | null): Row {
  const oursMedian = median(ours.samples);
  const peerMedian = peer.runner === null ? null : median(peer.samples);
  const ratio = peerMedian === null ? null : oursMedian / peerMedian;
  return {
    id: `${workload.id}/${peer.contender.name}`,
    workload: workload.title,
    ours: oursMedian,
    peer: peerMedian,
    peerName: peer.contender.name,
    absent: peer.absent,
    unit: workload.unit,
    better: workload.better,
    ratio,
    bar,
    pass: ratio === null || bar === null ? null : passes(ratio, bar, workload.better),
    medium: describeMedium(workload.directory),
    durability: ours.runner!.durability,
    peerDurability: peer.runner?.durability ?? null,
    samples: { ours: ours.samples, peer: peer.samples },
  };
}
