/** Durable saves of a state dict, over and over, as a training makes them: ours beside what programs use for it now. */

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writevSync } from "node:fs";
import { dirname, join } from "node:path";

import { type Medium, type Peer, pythonPeer, type RunContext, type Workload } from "@nodemm/bench";
import { mapFile } from "@nodemm/pmem-native";
import { save, type Tensor } from "@nodemm/tensor-pm";
import { open as openLmdb } from "lmdb";

import { bytesOf, makeState, openStateShelf, saveRate, type StateSize } from "./state.ts";

export function saveWorkload(medium: Medium, size: StateSize): Workload {
  const isMemory = medium.id === "dev-shm";
  const bar = isMemory ? 5 : 2;
  return {
    id: `save-${size.id}.${medium.id}`,
    title: `save a state dict of ${size.title}, durable on return`,
    unit: "GB/s",
    better: "higher",
    directory: medium.directory,
    samples: 7,
    warmups: size.warmups,
    ours: {
      name: "save",
      start(context) {
        const bytes = bytesOf(size, context);
        const shelf = openStateShelf(medium, `save-${size.id}`, bytes);
        const state = makeState(size, context);
        return {
          durability: `${shelf.durability.survives} (${shelf.granularity} granularity)`,
          sample: () => saveRate(size, bytes, () => save(shelf, "run", state)),
          stop: () => {
            shelf.close();
            rmSync(shelf.source);
          },
        };
      },
    },
    peers: [
      pythonPeer({
        name: "torch.save + fsync",
        source: new URL("../peers/torch_save.py", import.meta.url),
        module: "torch",
        needs: "python3-torch",
        arguments: (context) => [
          join(medium.directory, "torch.pt"),
          String(bytesOf(size, context)),
          String(size.tensors),
          String(size.timesPerSample),
          medium.survives,
        ],
        bar,
      }),
      { ...filePeer(medium, size), ...(isMemory ? { bar } : {}) },
      { ...lmdbPeer(medium, size), ...(isMemory ? { bar } : {}) },
      isMemory ? copyPeer(medium, size) : sequentialPeer(medium, size),
    ],
  };
}

/** The layout of safetensors: length of the header, header, data, written in one gathering write. */
function filePeer(medium: Medium, size: StateSize): Peer {
  return {
    name: "safetensors file + fsync",
    start(context) {
      const bytes = bytesOf(size, context);
      const state = makeState(size, context);
      const path = join(medium.directory, `state-${size.id}.safetensors`);
      return {
        durability: `${medium.survives} (fsync)`,
        sample: () => saveRate(size, bytes, () => replaceFile(path, [headerOf(state), ...dataOf(state)])),
        stop: () => rmSync(path, { force: true }),
      };
    },
  };
}

function headerOf(state: ReadonlyMap<string, Tensor>): Uint8Array {
  let end = 0;
  const entries = [...state].map(([name, { shape, array }]) => {
    const begin = end;
    end += array.nbytes;
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json]);
}

function dataOf(state: ReadonlyMap<string, Tensor>): Uint8Array[] {
  return [...state.values()].map(({ array: { data, nbytes } }) => {
    return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, nbytes);
  });
}

/** A new file, synced, takes the old one's place. */
function replaceFile(path: string, parts: readonly Uint8Array[]): void {
  const file = openSync(`${path}.new`, "w");
  writeAll(file, parts);
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.new`, path);
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}

function writeAll(file: number, parts: readonly Uint8Array[], position?: number): void {
  let queue = [...parts];
  let at = position;
  while (queue.length > 0) {
    let written = writevSync(file, queue.slice(0, 512), at);
    if (at !== undefined) at += written;
    while (queue.length > 0 && written >= queue[0].length) written -= queue.shift()!.length;
    if (written > 0) queue = [queue[0].subarray(written), ...queue.slice(1)];
  }
}

function lmdbPeer(medium: Medium, size: StateSize): Peer {
  return {
    name: "lmdb, one transaction",
    start(context) {
      const bytes = bytesOf(size, context);
      const state = makeState(size, context);
      const path = join(medium.directory, `state-${size.id}.mdb`);
      const database = openLmdb<Buffer, string>({
        path,
        encoding: "binary",
        mapSize: Math.ceil(3.5 * bytes) + 2 ** 24,
        noSubdir: true,
        overlappingSync: false,
      });
      const values = [...state.keys()].map((name, index): [string, Buffer] => {
        const { buffer, byteOffset, length } = dataOf(state)[index];
        return [name, Buffer.from(buffer, byteOffset, length)];
      });
      return {
        durability: `${medium.survives} (fdatasync)`,
        sample: () =>
          saveRate(size, bytes, () => {
            database.transactionSync(() => values.forEach(([name, value]) => database.putSync(name, value)));
          }),
        async stop() {
          await database.close();
          for (const file of [path, `${path}-lock`]) rmSync(file, { force: true });
        },
      };
    },
  };
}

/** What the memory itself can take: one region, one drain, no names. */
function copyPeer(medium: Medium, size: StateSize): Peer {
  return {
    name: "non-temporal copy",
    bar: 0.85,
    start(context) {
      const bytes = bytesOf(size, context);
      const path = join(medium.directory, `copy-${size.id}.pm`);
      const region = mapFile(path, { mode: "create", size: bytes, forceGranularity: "cache-line" });
      const source = new Uint8Array(bytes).fill(7);
      return {
        durability: `${region.durability.survives} (cache-line granularity)`,
        sample: () =>
          saveRate(size, bytes, () => {
            region.copy(0, source);
            region.drain();
          }),
        stop: () => {
          region.close();
          rmSync(path);
        },
      };
    },
  };
}

/** What the disk can take: the same bytes written over an allocated file, and synced. */
function sequentialPeer(medium: Medium, size: StateSize): Peer {
  return {
    name: "sequential write + fdatasync",
    bar: 0.95,
    start(context: RunContext) {
      const bytes = bytesOf(size, context);
      const path = join(medium.directory, `sequential-${size.id}`);
      const source = new Uint8Array(bytes).fill(7);
      const file = openSync(path, "w+");
      return {
        durability: `${medium.survives} (fsync)`,
        sample: () =>
          saveRate(size, bytes, () => {
            writeAll(file, [source], 0);
            fsyncSync(file);
          }),
        stop: () => {
          closeSync(file);
          rmSync(path);
        },
      };
    },
  };
}
