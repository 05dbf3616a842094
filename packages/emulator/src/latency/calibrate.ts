import { dram } from "../dram.ts";
import { nowNs, waitUntil } from "./clock.ts";
import { latencyPresets, type LatencyPreset } from "./presets.ts";
import { withLatency } from "./with-latency.ts";

/** How long one modelled operation takes on this machine, beside what the model asks for. */
export interface CalibrationFigure {
  readonly preset: LatencyPreset;
  readonly operation: "persist of 64 B" | "persist of 4 KiB";
  readonly modelledNs: number;
  /** Median of what it took. */
  readonly measuredNs: number;
  /** `measuredNs` over `modelledNs`, less 1. */
  readonly error: number;
}

export interface Calibration {
  readonly label: "latency model: how exact its waits are on this machine";
  /** What one look at the clock takes, and so how late a wait may end. */
  readonly clockNs: number;
  /** Median by which a wait of 1 microsecond ends late. */
  readonly lateNs: number;
  /** What an operation costs beyond the region beneath where the model asks for no time at all. */
  readonly ownCostNs: number;
  readonly figures: readonly CalibrationFigure[];
}

const rounds = 20_000;

/** Measures the model itself; takes some tenths of a second. Busy machines give larger figures. */
export function calibrate(): Calibration {
  const { plainNs, wrappedNs } = measureOwnCost();
  return {
    label: "latency model: how exact its waits are on this machine",
    clockNs: medianNs(() => void nowNs()),
    lateNs: medianNs(() => waitUntil(nowNs() + 1000)) - 1000,
    ownCostNs: Math.max(0, wrappedNs - plainNs),
    figures: (Object.keys(latencyPresets) as LatencyPreset[]).flatMap(measurePreset),
  };
}

function measureOwnCost(): { plainNs: number; wrappedNs: number } {
  const plain = dram({ size: 4096 });
  const none = {
    name: "nothing",
    readLatencyNs: 0,
    writeLatencyNs: 0,
    readBandwidthGBs: Infinity,
    writeBandwidthGBs: Infinity,
    unitBytes: 64,
    queueBytes: 0,
  };
  const wrapped = withLatency(dram({ size: 4096 }), none);
  return { plainNs: medianNs(() => plain.persist(0, 64)), wrappedNs: medianNs(() => wrapped.persist(0, 64)) };
}

function measurePreset(preset: LatencyPreset): CalibrationFigure[] {
  const { writeLatencyNs, writeBandwidthGBs, unitBytes } = latencyPresets[preset];
  const region = withLatency(dram({ size: 1 << 20 }), preset);
  const figure = (operation: CalibrationFigure["operation"], length: number): CalibrationFigure => {
    const bytes = Math.max(length, unitBytes);
    const modelledNs = Math.max(writeLatencyNs, bytes / writeBandwidthGBs);
    const measuredNs = medianNs(() => region.persist(0, length));
    return { preset, operation, modelledNs, measuredNs, error: measuredNs / modelledNs - 1 };
  };
  return [figure("persist of 64 B", 64), figure("persist of 4 KiB", 4096)];
}

/** The median time of a call, in groups of sixteen, because one look at the clock is as long as the shortest call. */
function medianNs(call: () => void): number {
  const group = 16;
  for (let round = 0; round < rounds / 4; round++) call();
  const times: number[] = [];
  for (let round = 0; round < rounds / group; round++) {
    const begin = nowNs();
    for (let index = 0; index < group; index++) call();
    times.push((nowNs() - begin) / group);
  }
  return times.sort((a, b) => a - b)[times.length >>> 1];
}
