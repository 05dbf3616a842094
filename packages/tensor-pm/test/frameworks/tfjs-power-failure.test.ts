import { dram, exploreCrashes, type ExploreOptions } from "@nodemm/emulator";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import { shelfIO } from "../../src/frameworks/tfjs/index.ts";
import { load, tensorTypes } from "../../src/index.ts";

/** What a model gives whose every weight is the number of its save. */
function artifactsOf(version: number): Parameters<ReturnType<typeof shelfIO>["save"]>[0] {
  const spec = (name: string, shape: number[]): any => ({ name, shape, dtype: "float32" });
  return {
    modelTopology: { version },
    trainingConfig: { optimizer_config: { version }, loss: "meanSquaredError" },
    userDefinedMetadata: { version: [version] },
    weightSpecs: [spec("kernel", [6, 20]), spec("bias", [20]), { ...spec("momentum", [20]), group: "optimizer" }],
    weightData: new Float32Array(160).fill(version).buffer,
  };
}

/** The versions that its parts are of: one, if it is whole. */
function versionsOn(shelf: Shelf): unknown {
  if (!shelf.has("m")) return "nothing";
  const { artifacts, weights, progress } = load<any>(shelf, "m");
  const { modelTopology, trainingConfig, userDefinedMetadata } = JSON.parse(artifacts);
  const numbers = [...weights.values()].flatMap((weight: any) => [...weight.array.data]);
  const parts = [modelTopology.version, trainingConfig.optimizer_config.version, userDefinedMetadata.version[0]];
  return [...new Set([...numbers, ...parts, progress])].join(" and ");
}

function exploration(granularity: "cache-line" | "page"): ExploreOptions<unknown> {
  return {
    nestedDepth: 1,
    limitPerPoint: 24,
    nestedLimitPerPoint: 8,
    create() {
      // A state has the same bytes when it is replayed.
      let made = 0;
      Date.now = () => Date.UTC(2026, 0, 1);
      globalThis.crypto.getRandomValues = (bytes) => {
        if (bytes instanceof Uint8Array) bytes.fill(++made);
        return bytes;
      };
      return dram({ size: 128 * 1024, granularity });
    },
    workload(region, context) {
      context.expect("nothing");
      const shelf = openShelf(region, { types: tensorTypes });
      for (let version = 1; version < 4; version++) {
        context.expect(versionsOn(shelf), String(version));
        // Saves before it returns its promise.
        void shelfIO(shelf, "m", { progress: () => version }).save(artifactsOf(version));
        expect(versionsOn(shelf)).toBe(String(version));
        context.expect(String(version));
      }
    },
    verify(region, context) {
      const found = versionsOn(openShelf(region, { types: tensorTypes }));
      if (!context.expected.includes(found)) throw new Error(`found ${String(found)}`);
      context.expect(found);
    },
  };
}

describe.each(["cache-line", "page"] as const)("power failure on %s granularity", (granularity) => {
  test("while a model is saved: topology, weights, optimiser and metadata are of one save, the last one or this", () => {
    const { violationCount, violations, distinctImages } = exploreCrashes(exploration(granularity));
    expect(violations.slice(0, 1)).toEqual([]);
    expect(violationCount).toBe(0);
    expect(distinctImages).toBeGreaterThan(100);
  });
});
