import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describeMedium } from "./medium.ts";
import { makeScratchDirectory } from "./scratch.ts";

/** A place to measure on. */
export interface Medium {
  /** For workload ids: `dev-shm`, `disk`, `given`. */
  readonly id: "dev-shm" | "disk" | "given";
  /** An empty directory there, removed when the process ends. */
  readonly directory: string;
  /** What completed writes survive there when they are synced: files on tmpfs are gone with the power. */
  readonly survives: "power-failure" | "process-exit";
}

/**
 * The places that a benchmark runs on: `/dev/shm` where there is one, stands in for persistent memory; the disk that
 * holds the program at `moduleUrl` (`import.meta.url` of the caller); and the directory that the environment variable
 * `NODEMM_BENCH_DIRECTORY` names, if it does: a DAX mount, say.
 */
export function findMedia(moduleUrl: string): readonly Medium[] {
  const places: [Medium["id"], string][] = [["disk", fileURLToPath(new URL(".", moduleUrl))]];
  if (existsSync("/dev/shm")) places.unshift(["dev-shm", "/dev/shm"]);
  const given = process.env["NODEMM_BENCH_DIRECTORY"];
  if (given) places.push(["given", given]);
  return places.map(([id, parent]) => {
    const directory = makeScratchDirectory(parent);
    const isVolatile = /^(tmpfs|ramfs|hugetlbfs)\b/.test(describeMedium(directory));
    return { id, directory, survives: isVolatile ? "process-exit" : "power-failure" };
  });
}

/** Runs `open`; what it maps on `/dev/shm` behaves as on persistent memory, flushed by cache lines. */
export function asPersistentMemory<Opened>({ id }: Medium, open: () => Opened): Opened {
  // The variable is read when a file is mapped.
  if (id === "dev-shm") process.env["NODEMM_FORCE_GRANULARITY"] = "cache-line";
  try {
    return open();
  } finally {
    delete process.env["NODEMM_FORCE_GRANULARITY"];
  }
}
