import { closeSync, openSync, readlinkSync } from "node:fs";
import {
  checkOptions,
  mapDescriptor,
  parseSize,
  PmemError,
  type Granularity,
  type MapOptions,
  type MappedFile,
} from "@nodemm/pmem-native";
import { checkGranularity } from "./checks.ts";
import { whileLocked } from "./keeper/folder.ts";
import { findKeeper, type Keeper } from "./keeper/keepers.ts";
import { checkName, checkPlatform } from "./keeper/record.ts";
import { startKeeper } from "./keeper/start.ts";
import { KeptRegion, type KeptMemory } from "./kept-memory.ts";

export interface MemfdOptions {
  /** 1 to 100 letters, digits, dots, dashes and underscores. Each user has names of their own. */
  readonly name: string;
  /** Bytes, or text such as `"1 GiB"`, of a memory to be made. One that is kept already has its own size. */
  readonly size?: number | string;
  /** Whether it must be kept already (`open`, the default without a size), must not (`create`), or may be (with a size). */
  readonly mode?: "open" | "create" | "open-or-create";
  /**
   * Make it of huge pages where that is allowed: those set aside (`vm.nr_hugepages`) if they are enough, else transparent
   * ones, which take seconds a GiB to put together, else usual ones; {@link KeptMemory.pages} says which. The size is
   * then rounded up to 2 MiB.
   */
  readonly hugePages?: boolean;
  /** Put every page in place for this process when opening. By default where they are huge, for which it costs little. */
  readonly prefault?: boolean;
  /** Bytes of address space to reserve for growth. */
  readonly capacity?: number;
  /** How the region behaves; by default `byte`, the truth: nothing needs a flush to survive the process. */
  readonly granularity?: Granularity;
}

/**
 * A memory with a name that outlives the process which made it: a small process keeps it until it is stopped
 * (`nodemm-emulator stop`) or the machine is restarted. Same variables over and over, with no file and no sync.
 *
 * One opener at a time, as with a file; each gets the bytes as the last one left them, however that one ended.
 *
 * @throws PmemError `ERR_PMEM_NOT_FOUND` if nothing of that name is kept and no size is given; `ERR_PMEM_EXISTS`,
 *   `ERR_PMEM_LOCKED`, `ERR_PMEM_SIZE`, `ERR_PMEM_NO_SPACE`, `ERR_PMEM_PERMISSION`, `ERR_PMEM_UNSUPPORTED` (not Linux),
 *   `ERR_PMEM_NO_BINDING`, `ERR_PMEM_SYSTEM`
 * @throws TypeError or RangeError for options that make no sense
 * @example
 * using shelf = openShelf(memfd({ name: "training", size: "1 GiB" }));
 */
export function memfd(options: MemfdOptions): KeptMemory {
  checkOptions("memfd", options, [
    "name",
    "size",
    "mode",
    "hugePages",
    "prefault",
    "capacity",
    "granularity",
  ] satisfies (keyof MemfdOptions)[]);
  const { size, hugePages = false } = options;
  const name = checkName(options.name);
  const mode = checkMode(options.mode ?? (size === undefined ? "open" : "open-or-create"));
  checkOptionalBoolean("hugePages", hugePages);
  checkOptionalBoolean("prefault", options.prefault);
  if (options.granularity !== undefined) checkGranularity(options.granularity);
  checkPlatform(name);
  const sizeBytes = size === undefined ? undefined : parseSize(size);
  const found = mode === "create" ? undefined : findKeeper(name);
  if (found !== undefined) return openMemory(found, options, false);
  if (mode === "open") throw notKept(name);
  if (sizeBytes === undefined) {
    throw new PmemError(
      "ERR_PMEM_SIZE",
      name,
      `making the memory "${name}" needs a size, got none; pass size in bytes`,
    );
  }
  const made = whileLocked(() => {
    const kept = findKeeper(name);
    if (kept !== undefined && mode === "create") throw alreadyKept(kept);
    const keeper = kept ?? startKeeper({ name, size: sizeBytes, hugePages, mapping: mapOptions(options) });
    return { keeper, created: kept === undefined };
  });
  return openMemory(made.keeper, options, made.created);
}

/** @throws PmemError as {@link memfd} does */
export function openMemory(keeper: Keeper, options: MemfdOptions, created: boolean): KeptMemory {
  const inner = mapKept(keeper, mapOptions(options));
  try {
    if (options.prefault ?? keeper.pages !== "base") inner.prefault(0, inner.length);
    return new KeptRegion(inner, keeper, created);
  } catch (error) {
    inner.close();
    throw error;
  }
}

function mapOptions({ capacity, granularity = "byte" }: MemfdOptions): MapOptions {
  return { forceGranularity: granularity, ...(capacity !== undefined && { capacity }) };
}

function mapKept(keeper: Keeper, options: MapOptions): MappedFile {
  const descriptor = openDescriptor(keeper);
  try {
    return mapDescriptor(descriptor, options);
  } catch (error) {
    if (!(error instanceof PmemError && error.code === "ERR_PMEM_LOCKED")) throw error;
    throw new PmemError(
      "ERR_PMEM_LOCKED",
      keeper.name,
      `the memory "${keeper.name}" is in use: another process, another thread or this one has it open; close it there, ` +
        `or wait for that process to end (the lock goes with it)`,
      { cause: error },
    );
  } finally {
    closeSync(descriptor);
  }
}

/** Opened first and looked at then, so that a process number that is used again cannot pass for the keeper. */
function openDescriptor(keeper: Keeper): number {
  let descriptor: number;
  try {
    descriptor = openSync(keeper.descriptorPath, "r+");
  } catch (cause) {
    throw notKept(keeper.name, { cause });
  }
  if (readlinkSync(`/proc/self/fd/${descriptor}`) === `/memfd:${keeper.label} (deleted)`) return descriptor;
  closeSync(descriptor);
  throw notKept(keeper.name);
}

function notKept(name: string, options?: ErrorOptions): PmemError {
  return new PmemError(
    "ERR_PMEM_NOT_FOUND",
    name,
    `no memory "${name}" is kept for this user: it was not started, or its keeper ended (stopped, killed, or the machine ` +
      `restarted), and what it held went with it; start it with "nodemm-emulator start ${name} --size 1GiB", ` +
      `or give memfd a size`,
    options,
  );
}

/** The refusal to make a memory that is there. */
function alreadyKept({ name, processId }: Keeper): PmemError {
  return new PmemError(
    "ERR_PMEM_EXISTS",
    name,
    `a memory "${name}" is kept already, by process ${processId}; use it as it is, ` +
      `or end it first with "nodemm-emulator stop ${name}", which destroys what it holds`,
  );
}

function checkMode(mode: unknown): NonNullable<MemfdOptions["mode"]> {
  if (mode === "open" || mode === "create" || mode === "open-or-create") return mode;
  const found = typeof mode === "string" ? JSON.stringify(mode) : typeof mode;
  throw new TypeError(`mode must be one of "open", "create", "open-or-create", got ${found}`);
}

function checkOptionalBoolean(name: string, value: unknown): void {
  if (value === undefined || typeof value === "boolean") return;
  throw new TypeError(`${name} must be a boolean, got ${typeof value}; pass true or false`);
}
