import type { CrashSuite, Limits } from "@nodemm/crash";
import { dram, type ExploreOptions } from "@nodemm/emulator";
import { arange, ndarrayCodec } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { SGD, type Tensor, tensor, tensorCodec } from "../../src/index.ts";
import { checkpointExploration, ways } from "./checkpoints.ts";
import { deltaDamage, recordDamage } from "./record-damage.ts";
import { seriesExploration } from "./series.ts";

const elements = 30;
const rates = { learningRate: 0.5, momentum: 0.5 };
const steps = 4;
const variables = ["w", "b", "sgd/w", "sgd/b"];

function openWith(region: Parameters<typeof openShelf>[0]): Shelf {
  return openShelf(region, { types: [tensorCodec, ndarrayCodec] });
}

function optimiserOf(shelf: Shelf): SGD {
  return new SGD({ w: shelf.get("w") as Tensor, b: shelf.get("b") as Tensor }, { ...rates, shelf });
}

/** Parameters and velocities of every number of steps, computed on a shelf of its own that never loses power. */
function statesBySteps(): string[] {
  const shelf = openWith(dram({ size: 128 * 1024 }));
  setParameters(shelf);
  const optimiser = optimiserOf(shelf);
  return Array.from({ length: steps + 1 }, (_, done) => {
    if (done > 0) step(optimiser, done);
    return stateOf(shelf);
  });
}

function setParameters(shelf: Shelf): void {
  shelf.transaction(() => {
    shelf.set("w", tensor(arange(elements).astype("float32")));
    shelf.set("b", tensor(arange(3).astype("float64")));
  });
}

function step(optimiser: SGD, number: number): void {
  optimiser.step({
    w: arange(elements).imul(number).astype("float32"),
    b: arange(3).iadd(number).astype("float64"),
  });
}

function stateOf(shelf: Shelf): string {
  return variables.map((name) => (shelf.get(name) as Tensor | undefined)?.array.data.join() ?? "none").join(" ");
}

const states = statesBySteps();

/** A step of the optimiser changes all parameters and velocities, or none; and a training that was cut short goes on. */
const suite: CrashSuite = {
  name: "tensor-pm",
  savesThroughShelf: true,
  damageChecks: [recordDamage, deltaDamage],
  unexplored: [
    {
      call: "this.#storage.persist(this.#byteOffset(this.#lineCount - 1,",
      reason: "needed by a crash after an opening after a crash; a test of series makes those states by hand",
    },
    ...["shelf.transaction(() => { eraseChunks(", "shelf.transaction(() => { shelf.delete(name); eraseChunks("].map(
      (call) => ({
        call,
        reason: "series that come and go; each is one transaction of the shelf",
      }),
    ),
    {
      call: "shelf.transaction(() => { if (found === undefined) for (const orphan of orphansOf(",
      reason: "for speed alone: what was reserved and is not listed is reserved again, under the same names",
    },
    {
      call: "shelf.transaction(() => undefined)",
      reason: "saves nothing: it asks whether the shelf takes writes; a test of failed calls makes it refuse",
    },
    {
      call: "elements.storage.persist(target.byteOffset,",
      reason: "runs of ONNX Runtime are asynchronous; what is persisted is tested with the framework",
    },
    ...["for (const [{ shape, dtype", "for (const [{ name }", "for (const name of left)"].map((begin) => ({
      call: `shelf.transaction(() => { ${begin}`,
      reason: "an exploration is synchronous; a test of safetensors looks at what is left at each piece",
    })),
  ],
  explorations: [
    ...Object.entries(ways).map(([way, options]) => ({
      name: `saves of checkpoints (${way})`,
      options: (limits: Limits) => ({ ...checkpointExploration(options, "cache-line"), ...limits }),
    })),
    ...[false, true].map((isChanged) => ({
      name: `saves of checkpoints (told), on pages${isChanged ? ", changed through what is loaded" : ""}`,
      options: (limits: Limits) => ({ ...checkpointExploration(ways["told"], "page", "", isChanged), ...limits }),
    })),
    ...[false, true].map((full) => ({
      name: full ? "appends to a series that grows" : "appends to a series",
      options: (limits: Limits) => ({ ...seriesExploration("cache-line", full), ...limits }),
    })),
    {
      name: "steps of SGD",
      options: (limits): ExploreOptions<string> => ({
        ...limits,
        create: () => dram({ size: 128 * 1024 }),
        workload(region, context) {
          const shelf = openWith(region);
          setParameters(shelf);
          context.expect(stateOf(shelf), states[0]);
          const optimiser = optimiserOf(shelf);
          context.expect(states[0]);
          for (let done = 1; done <= steps; done++) {
            context.expect(states[done - 1], states[done]);
            step(optimiser, done);
            context.expect(states[done]);
          }
        },
        verify(region, context) {
          // While the shelf and its tensors come to be, nothing is claimed.
          if (context.expected.length === 0) return;
          const shelf = openWith(region);
          const found = stateOf(shelf);
          if (!context.expected.includes(found))
            throw new Error(`found ${found}, expected ${context.expected.join(" or ")}`);
          context.expect(found);
          const done = states.indexOf(found);
          if (context.crashes === 1 && done >= 0 && done < steps) {
            context.expect(found, states[done + 1]);
            step(optimiserOf(shelf), done + 1);
            context.expect(states[done + 1]);
          }
          shelf.close();
        },
      }),
    },
  ],
};

export default suite;
