/** A region over memory that is kept, beside one over a file on tmpfs. What a shelf gains stands in shelf/bench. */

import { rmSync } from "node:fs";
import { join } from "node:path";

import { type Contender, type Medium, secondsOf, type Workload } from "@nodemm/bench";
import { memfd } from "@nodemm/emulator";
import { mapFile, type MappedFile } from "@nodemm/pmem-native";

const SIZE = 2 ** 26;
const HOT = 2 ** 16;
const BATCH = 100;

export function keptMemoryWorkloads(tmpfs: Medium): readonly Workload[] {
  const shared = { better: "lower", directory: tmpfs.directory, warmups: 2 } as const;
  return [
    {
      ...shared,
      id: "kept-memory-persist",
      title: "store a number, safe on return",
      unit: "ns",
      ours: contender(keptPlace(), persistStores),
      peers: [{ ...contender(filePlace(tmpfs), persistStores), bar: 0.5 }],
    },
    {
      ...shared,
      id: "kept-memory-open",
      title: "open 64 MiB that are there, and close",
      unit: "µs",
      ours: contender(keptPlace(), openAndClose),
      peers: [contender(filePlace(tmpfs), openAndClose)],
    },
  ];
}

interface Place {
  readonly name: string;
  readonly open: () => MappedFile;
  readonly remove: () => void;
}

/** In one hot page after the other, so that it is the making safe that is measured. */
function persistStores({ open }: Place): number {
  using region = open();
  const numbers = new Float64Array(region.view(0, HOT));
  let line = 0;
  const batches = Array.from({ length: 200 }, () =>
    secondsOf(() => {
      for (let store = 0; store < BATCH; store++) {
        line = (line + 1543) % (HOT / 64);
        numbers[line * 8] = store;
        region.persist(line * 64, 8);
      }
    }),
  );
  return (batches.sort((x, y) => x - y)[batches.length >>> 1] * 1e9) / BATCH;
}

function openAndClose({ open }: Place): number {
  const rounds = 50;
  const seconds = secondsOf(() => {
    for (let round = 0; round < rounds; round++) open().close();
  });
  return (seconds * 1e6) / rounds;
}

function contender(place: Place, work: (place: Place) => number): Contender {
  return {
    name: place.name,
    start() {
      const region = place.open();
      region.fill(0, SIZE, 1);
      const durability = `process-exit (${region.instructions.flush})`;
      region.close();
      return { durability, sample: () => work(place), stop: () => place.remove() };
    },
  };
}

let memories = 0;

function keptPlace(): Place {
  const name = `bench-${process.pid}-${memories++}`;
  let keeper: number | undefined;
  return {
    name: "memfd",
    open() {
      const region = memfd({ name, size: SIZE });
      keeper = region.keeperProcessId;
      return region;
    },
    remove() {
      if (keeper !== undefined) process.kill(keeper);
    },
  };
}

function filePlace(tmpfs: Medium): Place {
  const path = join(tmpfs.directory, "kept");
  return {
    name: "a file on tmpfs",
    open: () => mapFile(path, { mode: "open-or-create", size: SIZE }),
    remove: () => rmSync(path, { force: true }),
  };
}
