/**
 * The same shelf on memory that a keeper holds, in a file on tmpfs, and in a file on disk: where does memory without a file
 * pay, and where is memory just memory?
 */

import { rmSync } from "node:fs";
import { join } from "node:path";

import { type Contender, type Medium, type Peer, secondsOf, type Workload } from "@nodemm/bench";
import { memfd } from "@nodemm/emulator";
import { mapFile, type MappedFile } from "@nodemm/pmem-native";
import { openShelf, type Shelf } from "@nodemm/shelf";

interface Variables {
  data: Float64Array;
  made: Uint8Array;
  step: number;
}

/** Where a shelf lies. */
interface Place {
  readonly name: string;
  readonly durability: string;
  map(sizeBytes: number): MappedFile;
  remove(): void;
}

const PAGE_NUMBERS = 512;

export function keptMemoryWorkloads(media: readonly Medium[]): readonly Workload[] {
  const tmpfs = media.find(({ id }) => id === "dev-shm");
  if (tmpfs === undefined || process.platform !== "linux") return [];
  const disks = media.filter(({ id }) => id === "disk");
  const contend = (work: Work): Pick<Workload, "ours" | "peers"> => {
    const peer = (place: Place, bar?: number): Peer => ({
      ...contender(place, work),
      ...(bar !== undefined && { bar }),
    });
    return {
      ours: contender(keptPlace(true), work),
      peers: [
        peer(filePlace(tmpfs, "a file on tmpfs"), work.bar),
        peer(filePlace(tmpfs, "a file on tmpfs, never synced", "byte")),
        ...disks.map((disk) => peer(filePlace(disk, "a file on disk"))),
        peer(keptPlace(false)),
      ],
    };
  };
  return Object.entries(works).map(([id, work]) => ({
    id: `kept-memory-${id}`,
    title: work.title,
    unit: work.unit,
    better: "lower",
    directory: tmpfs.directory,
    ...contend(work),
  }));
}

interface Work {
  readonly title: string;
  readonly unit: "ms" | "ns";
  /** Of ours over the file on tmpfs, where memory without a file is to pay. */
  readonly bar?: number;
  /** Does the work once; nanoseconds of it, or of one of its parts. The shelf is closed when it begins, and when it ends. */
  readonly sample: (open: () => Shelf<Variables>) => number;
}

/** Runs `work` on an open shelf, outside of whose clock it is opened and closed. */
function opened(open: () => Shelf<Variables>, work: (shelf: Shelf<Variables>) => number): number {
  const shelf = open();
  const nanoseconds = work(shelf);
  shelf.close();
  return nanoseconds;
}

const works: Readonly<Record<string, Work>> = {
  "replace-number": {
    title: "replace a number on a shelf, safe on return",
    unit: "ns",
    sample(open) {
      return opened(open, (shelf) => {
        const batches: number[] = [];
        // A disk syncs some hundred times a second. In the others' median batch no other process had its turn.
        for (let spent = 0; spent < 0.1; spent += batches.at(-1)!) {
          batches.push(
            secondsOf(() => {
              for (let step = 0; step < 100; step++) shelf.set("step", batches.length + step);
            }),
          );
        }
        return (batches.sort((a, b) => a - b)[batches.length >>> 1] * 1e9) / 100;
      });
    },
  },
  "reopen-store": {
    title: "reopen, store to every page of 256 MiB",
    unit: "ms",
    bar: 0.5,
    sample(open) {
      let shelf: Shelf<Variables>;
      const seconds = secondsOf(() => {
        shelf = open();
        const data = shelf.get("data")!;
        for (let at = 0; at < data.length; at += PAGE_NUMBERS) data[at] = at;
      });
      shelf!.close();
      return seconds * 1e9;
    },
  },
  "reopen-read": {
    title: "reopen, read from every page of 256 MiB",
    unit: "ms",
    bar: 0.5,
    sample(open) {
      let shelf: Shelf<Variables>;
      let sum = 0;
      const seconds = secondsOf(() => {
        shelf = open();
        const data = shelf.get("data")!;
        for (let at = 0; at < data.length; at += PAGE_NUMBERS) sum += data[at];
      });
      shelf!.close();
      if (Number.isNaN(sum)) throw new Error("no number was ever stored that is none");
      return seconds * 1e9;
    },
  },
  "reopen-make": {
    title: "reopen, set a new variable of 64 MiB",
    unit: "ms",
    sample(open) {
      let shelf: Shelf<Variables>;
      const seconds = secondsOf(() => {
        shelf = open();
        shelf.set("made", content);
      });
      shelf!.delete("made");
      shelf!.close();
      return seconds * 1e9;
    },
  },
  "random-read": {
    title: "read numbers at random places of 256 MiB, all in place",
    unit: "ns",
    sample(open) {
      return opened(open, (shelf) => {
        const data = shelf.get("data")!;
        for (let at = 0; at < data.length; at += PAGE_NUMBERS) data[at] = at;
        const count = 2_000_000;
        let place = 1;
        let sum = 0;
        const seconds = secondsOf(() => {
          for (let read = 0; read < count; read++) {
            // xorshift: the next place is known early enough for the processor to overlap the reads.
            place ^= place << 13;
            place ^= place >>> 17;
            place ^= place << 5;
            sum += data[(place >>> 0) % data.length];
          }
        });
        if (Number.isNaN(sum)) throw new Error("no number was ever stored that is none");
        return (seconds * 1e9) / count;
      });
    },
  },
};

const content = new Uint8Array(2 ** 26).fill(7);

function contender(place: Place, { unit, sample }: Work): Contender {
  return {
    name: `shelf on ${place.name}`,
    start() {
      const open = (): Shelf<Variables> =>
        openShelf<Variables>(place.map(2 ** 28 + 2 ** 27), { size: 2 ** 28 + 2 ** 27 });
      const shelf = open();
      shelf.set("data", new Float64Array(2 ** 28 / 8));
      shelf.set("step", 0);
      shelf.close();
      return {
        durability: place.durability,
        sample: () => sample(open) / (unit === "ms" ? 1e6 : 1),
        stop: () => place.remove(),
      };
    },
  };
}

let memories = 0;

function keptPlace(hugePages: boolean): Place {
  const name = `bench-${process.pid}-${memories++}`;
  let keeper: number | undefined;
  return {
    name: `memfd, ${hugePages ? "huge" : "usual"} pages`,
    durability: "process-exit (kept memory)",
    map(size) {
      const region = memfd({ name, size, hugePages });
      keeper = region.keeperProcessId;
      if (hugePages && region.pages === "base")
        process.emitWarning("huge pages are not allowed here: usual ones were used");
      return region;
    },
    remove() {
      if (keeper !== undefined) process.kill(keeper);
    },
  };
}

function filePlace(medium: Medium, name: string, forceGranularity?: "byte"): Place {
  const path = join(medium.directory, `kept-${forceGranularity ?? "default"}`);
  return {
    name,
    durability: forceGranularity === undefined ? `${medium.survives} (msync)` : "process-exit (no sync)",
    map: (size) => mapFile(path, { mode: "open-or-create", size, ...(forceGranularity && { forceGranularity }) }),
    remove: () => rmSync(path, { force: true }),
  };
}
