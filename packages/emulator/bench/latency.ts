/** How near the latency model comes to what it is asked for. */

import { type Contender, secondsOf, type Workload } from "@nodemm/bench";
import { dram, latencyPresets, withLatency, type LatencyPreset } from "@nodemm/emulator";
import type { Region } from "@nodemm/pmem-native";

const PIECE = 4096;
const GROUPS = 400;
const GROUP = 16;
/** Over the time that the model asks for. */
const ERROR_MOST = 1.1;
const DURABILITY = "none (this process's memory)";

/** Persists that are long enough to be modelled well: how exact the model can be. */
export function latencyWorkloads(): readonly Workload[] {
  return (Object.keys(latencyPresets) as LatencyPreset[]).map((preset) => {
    const { writeBandwidthGBs, writeLatencyNs } = latencyPresets[preset];
    const modelledNs = Math.max(writeLatencyNs, PIECE / writeBandwidthGBs);
    return {
      id: `latency-persist-4kib.${preset}`,
      title: `persist 4 KiB as modelled for ${preset}, one after the other: ${modelledNs.toFixed(0)} ns asked for`,
      unit: "ns",
      better: "lower",
      directory: import.meta.dirname,
      warmups: 2,
      goal: modelledNs * ERROR_MOST,
      ours: contender("model", () => withLatency(dram({ size: PIECE }), preset)),
      peers: [],
    };
  });
}

function contender(name: string, create: () => Region): Contender {
  return {
    name,
    start() {
      const region = create();
      return {
        durability: DURABILITY,
        sample: () => medianNs(() => region.persist(0, PIECE)),
        stop: () => region.close(),
      };
    },
  };
}

/** Of short groups, because a longer time holds the turns of other processes, which no wait can make up for. */
function medianNs(call: () => void): number {
  const times = Array.from({ length: GROUPS }, () => {
    const seconds = secondsOf(() => {
      for (let index = 0; index < GROUP; index++) call();
    });
    return (seconds * 1e9) / GROUP;
  });
  return times.sort((a, b) => a - b)[GROUPS / 2];
}
