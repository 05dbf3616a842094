/** The simulator alone: how many different crash images a second, where verifying one is as good as nothing. */

import { type Contender, secondsOf, type Workload } from "@nodemm/bench";
import { dram, exploreCrashes, simulatePowerFailure, type SimulatedRegion } from "@nodemm/emulator";
import type { Region } from "@nodemm/pmem-native";

const SIZE = 256 * 1024;
const LIMIT = 256;
const DURABILITY = "none (this process's memory)";

type At = "drains" | "every";

/** Images different in content, verified; the same for both contenders up to the choice of samples. */
export function exploreWorkload(at: At): Workload {
  return {
    id: `crash-images-256kib.${at}`,
    title: `verify crash images of 256 KiB, examined at ${at} (to reach: 20,000/s)`,
    unit: "images/s",
    better: "higher",
    directory: import.meta.dirname,
    samples: 3,
    ours: { name: "exploreCrashes", start: ({ quick }) => sampled(() => explored(at, quick)) },
    peers: [{ name: "a new dram() an image", bar: 10, start: ({ quick }) => sampled(() => oneByOne(at, quick)) }],
  };
}

function sampled(countImages: () => number): Awaited<ReturnType<Contender["start"]>> {
  return {
    durability: DURABILITY,
    sample() {
      let images = 0;
      const seconds = secondsOf(() => {
        images = countImages();
      });
      return images / seconds;
    },
  };
}

function explored(at: At, quick: boolean): number {
  const { distinctImages } = exploreCrashes({
    create: () => dram({ size: SIZE }),
    workload: (region) => store(region, roundsOf(at, quick)),
    verify,
    at,
    limitPerPoint: LIMIT,
  });
  return distinctImages;
}

/** The plain way to the same: every image copied, told apart by its checksum, and opened as a region of its own. */
function oneByOne(at: At, quick: boolean): number {
  const seen = new Set<number>();
  const region: SimulatedRegion = simulatePowerFailure(dram({ size: SIZE }), {
    onPersistPoint(kind) {
      if (at === "drains" && kind !== "drain") return;
      for (const { bytes } of region.crashImages({ limit: LIMIT })) {
        const image = dram({ image: bytes });
        const checksum = image.crc32c(0, SIZE);
        if (!seen.has(checksum)) verify(image);
        seen.add(checksum);
        image.close();
      }
    },
  });
  store(region, roundsOf(at, quick));
  region.close();
  return seen.size;
}

/** Examined at every operation, a round gives nine times as many images. */
function roundsOf(at: At, quick: boolean): number {
  return (at === "drains" ? 20 : 4) * (quick ? 1 : 2);
}

/** Small changes all over, through a view and past the caches, six a drain. */
function store(region: Region, rounds: number): void {
  const view = new Uint32Array(region.view(0, SIZE / 2));
  const bytes = new Uint8Array(100);
  for (let round = 1; round <= rounds; round++) {
    for (let change = 0; change < 3; change++) {
      view[(round * 7919 + change * 1543) % view.length] = round;
      region.copy(SIZE / 2 + ((round * 6007 + change * 40009) % (SIZE / 2 - bytes.length)), bytes.fill(round));
    }
    region.persist(0, SIZE);
  }
}

function verify(region: Region): void {
  const [first] = new Uint32Array(region.view(0, 4096));
  if (first === 0xffffffff) throw new Error("no such word was ever stored");
}
