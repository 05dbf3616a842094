/** The crash exploration of a shelf: how many different crash images a process recovers and checks in a second. */
import { type Contender, secondsOf, type Workload } from "@nodemm/bench";
import {
  dram,
  exploreCrashes,
  type ExploreOptions,
  simulatePowerFailure,
  type SimulatedRegion,
} from "@nodemm/emulator";
import { mapMemory } from "@nodemm/pmem-native";
import { openShelf, type Shelf } from "@nodemm/shelf";

const sizeBytes = 256 * 1024;
const limitPerPoint = 1000;
const names = 8;
const durability = "none (this process's memory)";

/**
 * A bar of 20,000 a second on one core. One peer is the plain way to the same images; the other one image over and over,
 * without a simulator: what the shelf's recovery alone allows.
 */
export const crashImagesWorkload: Workload = {
  id: "crash-images-shelf-256kib",
  title: "recover and check different crash images of a 256 KiB shelf, on one core",
  unit: "images/s",
  better: "higher",
  goal: 20_000,
  directory: import.meta.dirname,
  samples: 3,
  ours: { name: "exploreCrashes", start: ({ quick }) => sampled(() => explored(quick ? 10 : 40)) },
  peers: [
    { name: "a new dram() an image", bar: 2, start: ({ quick }) => sampled(() => oneByOne(quick ? 10 : 40)) },
    { name: "the recovery alone, of one image", start: ({ quick }) => sampled(() => recovered(quick ? 2000 : 20_000)) },
  ],
};

function sampled(countImages: () => number): Awaited<ReturnType<Contender["start"]>> {
  return {
    durability,
    sample() {
      let images = 0;
      const seconds = secondsOf(() => {
        images = countImages();
      });
      return images / seconds;
    },
  };
}

/** Numbers, texts and byte arrays, set, replaced and changed in place. */
function work(shelf: Shelf, steps: number, expect: (...contents: string[]) => void): void {
  const step = (change: (model: Map<string, unknown>) => void, operation: () => void): void => {
    const model = new Map(shelf);
    const before = contentOf(model);
    change(model);
    const after = contentOf(model);
    expect(before, after);
    operation();
    expect(after);
  };
  for (let index = 0; index < steps; index++) {
    const name = `variable ${index % names}`;
    const value = [`text ${index}`, index, new Uint8Array(100 + index).fill(index)][index % 3];
    step(
      (model) => model.set(name, value),
      () => shelf.set(name, value),
    );
    if (!(value instanceof Uint8Array)) continue;
    const changed = value.slice().fill(index + 1, 5, 60);
    step(
      (model) => model.set(name, changed),
      () =>
        shelf.transaction(() => {
          shelf.snapshot(name, 5, 55);
          (shelf.get(name) as Uint8Array).set(changed);
        }),
    );
  }
}

function contentOf(entries: Iterable<readonly [string, unknown]>): string {
  let content = "";
  for (const [name, value] of entries) {
    const shown = value instanceof Uint8Array ? Buffer.from(value.buffer, 0, value.length).toString("latin1") : value;
    content += `${name}=${String(shown)}\n`;
  }
  return content;
}

function verify(region: Parameters<typeof openShelf>[0], expected: readonly string[]): void {
  const shelf = openShelf(region);
  const content = contentOf(shelf);
  if (!expected.includes(content)) throw new Error(`found ${content}, expected ${expected.join(" or ")}`);
  shelf.close();
}

function explored(steps: number): number {
  const options: ExploreOptions<string> = {
    create: () => dram({ size: sizeBytes }),
    workload(region, context) {
      context.expect("");
      work(openShelf(region), steps, (...contents) => context.expect(...contents));
    },
    verify: (region, context) => verify(region, context.expected),
    limitPerPoint,
  };
  const { distinctImages, violationCount } = exploreCrashes(options);
  if (violationCount > 0) throw new Error(`${violationCount} violations`);
  return distinctImages;
}

/** Every image copied, told apart by its checksum, and opened as a region of its own. */
function oneByOne(steps: number): number {
  const seen = new Set<number>();
  let expected = [""];
  const region: SimulatedRegion = simulatePowerFailure(dram({ size: sizeBytes }), {
    onPersistPoint(kind) {
      if (kind !== "drain") return;
      for (const { bytes } of region.crashImages({ limit: limitPerPoint })) {
        const image = dram({ image: bytes });
        const checksum = image.crc32c(0, sizeBytes);
        if (seen.has(checksum)) image.close();
        else verify(image, expected);
        seen.add(checksum);
      }
    },
  });
  work(openShelf(region), steps, (...contents) => {
    expected = contents;
  });
  region.close();
  return seen.size;
}

/** The shelf that the work leaves, recovered over and over in memory that is neither copied nor detached in between. */
function recovered(times: number): number {
  const region = simulatePowerFailure(dram({ size: sizeBytes }));
  let expected: readonly string[] = [""];
  work(openShelf(region), 40, (...contents) => {
    expected = contents;
  });
  const again = mapMemory({ size: sizeBytes });
  again.copy(0, region.durableImage());
  Object.defineProperty(again, "close", { value: () => undefined });
  for (let time = 0; time < times; time++) verify(again, expected);
  region.close();
  Reflect.deleteProperty(again, "close");
  again.close();
  return times;
}
