import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, fchmodSync, openSync, readdirSync, readlinkSync } from "node:fs";
import { devNull } from "node:os";
import { mapMemory, PmemError, type MapMemoryOptions, type MapOptions, type MappedFile } from "@nodemm/pmem-native";
import { keeperScope, writeLink } from "./folder.ts";
import { readKeeper, type Keeper } from "./keepers.ts";
import { inheritedDescriptors } from "./descriptors.ts";
import { keeperDescriptor, recordVariable, type KeeperRecord, type Pages } from "./record.ts";

/** Seconds that `sleep` counts everywhere: 68 years. */
const longestSleep = String(2 ** 31 - 1);
const hugePageBytes = 2 ** 21;

export interface StartOptions {
  readonly name: string;
  readonly size: number;
  readonly hugePages: boolean;
  /** How its maker wants to map it: refused before there is a keeper, if at all. */
  readonly mapping: MapOptions;
}

/**
 * Makes a memory and the process that keeps it. Call it while locked.
 *
 * The keeper has no code of ours: it is the system's `sleep`, in a session of its own, with the memory as descriptor 3.
 * That takes about a hundred kilobytes, has nothing in it that could fail, and leaves nothing behind.
 */
export function startKeeper({ name, size, hugePages, mapping }: StartOptions): Keeper {
  const label = `nodemm:${name}:${randomBytes(8).toString("hex")}`;
  const { memory, pages } = makeMemory({ ...mapping, name: label, size }, hugePages);
  try {
    const descriptor = openByLabel(label);
    try {
      fchmodSync(descriptor, 0o600);
      const record = { name, scope: keeperScope(), label, pages, since: new Date().toISOString() };
      const keeper = spawnKeeper(record, descriptor);
      writeLink(name, keeper.processId);
      return keeper;
    } finally {
      closeSync(descriptor);
    }
  } finally {
    memory.close();
  }
}

/** The best pages that are allowed: set aside for this use, else put together by the kernel, else usual ones. */
function makeMemory(options: MapMemoryOptions, hugePages: boolean): { memory: MappedFile; pages: Pages } {
  if (!hugePages) return { memory: mapMemory(options), pages: "base" };
  const size = Math.ceil(options.size / hugePageBytes) * hugePageBytes;
  try {
    return { memory: mapMemory({ ...options, size, hugePages: true }), pages: "hugetlb" };
  } catch (error) {
    const unavailable = ["ERR_PMEM_NO_SPACE", "ERR_PMEM_UNSUPPORTED"];
    if (!(error instanceof PmemError && unavailable.includes(error.code))) throw error;
  }
  const memory = mapMemory({ ...options, size });
  try {
    memory.advise("huge-pages-now");
    return { memory, pages: "transparent-huge" };
  } catch (error) {
    if (error instanceof PmemError) return { memory, pages: "base" };
    memory.close();
    throw error;
  }
}

/** A descriptor of our own for memory that this process has just made: it has no lock, so the keeper can have it. */
function openByLabel(label: string): number {
  for (const entry of readdirSync("/proc/self/fd")) {
    const path = `/proc/self/fd/${entry}`;
    try {
      if (readlinkSync(path) === `/memfd:${label} (deleted)`) return openSync(path, "r+");
    } catch {
      // A descriptor that was closed since the listing, such as the listing's own.
    }
  }
  throw new PmemError("ERR_PMEM_SYSTEM", label, "new memory is not found in /proc/self/fd; mount /proc as usual");
}

function spawnKeeper(record: KeeperRecord, descriptor: number): Keeper {
  const node = ["-e", `setInterval(() => {}, ${longestSleep})`];
  const processId =
    spawnDetached("sleep", [longestSleep], record, descriptor) ??
    // Bare containers have no `sleep`, but this program's own runtime.
    spawnDetached(process.execPath, node, record, descriptor);
  const keeper = processId === undefined ? undefined : readKeeper(processId);
  if (keeper !== undefined) return keeper;
  throw new PmemError(
    "ERR_PMEM_SYSTEM",
    record.name,
    `no process to keep "${record.name}" could be started, or it ended at once; is there room for another process ` +
      `(ulimit -u), and is /proc mounted as usual?`,
  );
}

/** The number of the new process; undefined where the command does not exist. */
function spawnDetached(
  command: string,
  parameters: readonly string[],
  record: KeeperRecord,
  descriptor: number,
): number | undefined {
  const nothing = openSync(devNull, "r+");
  try {
    const stdio: ("ignore" | number)[] = ["ignore", "ignore", "ignore"];
    // A pipe of whoever started this program must not stay open as long as the keeper lives: somebody may read to its end.
    for (const inherited of inheritedDescriptors()) stdio[inherited] = nothing;
    stdio[keeperDescriptor] = descriptor;
    const child = spawn(command, parameters, {
      // A session of its own: neither Ctrl-C nor the end of a terminal reaches it.
      detached: true,
      // Holds no file system busy.
      cwd: "/",
      stdio: Array.from(stdio, (each) => each ?? "ignore"),
      env: { PATH: process.env["PATH"], [recordVariable]: JSON.stringify(record) },
    });
    child.on("error", () => {});
    child.unref();
    return child.pid;
  } finally {
    closeSync(nothing);
  }
}
