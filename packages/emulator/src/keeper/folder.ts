/**
 * The folder of this user's keepers. It holds one lock and, as an index, a symbolic link for each name:
 * `NAME -> /proc/<keeper>/fd/3`. The keepers themselves are the truth (see {@link findKeeper}): a link that is stale is
 * removed, and one that is lost, because a logout or a clean-up of temporary files took it, is made again.
 */
import { randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, type Stats } from "node:fs";
import { join, resolve } from "node:path";
import { mapFile, PmemError, type MappedFile } from "@nodemm/pmem-native";
import { keeperDescriptor } from "./record.ts";

/** Names a folder of its own, whose keepers others do not see: for tests. */
const variable = "NODEMM_KEEPER_FOLDER";

/** What keepers are told apart by beside their names: the folder that was asked for, or nothing for the user's own. */
export function keeperScope(): string {
  const asked = process.env[variable];
  return asked ? resolve(asked) : "";
}

/**
 * The folder, made where it is missing, and this user's alone.
 * @throws PmemError `ERR_PMEM_PERMISSION` where it cannot be made, or somebody else could reach into it
 */
function keeperFolder(): string {
  const folder = keeperScope() || usualFolder();
  let facts = lstatSync(folder, { throwIfNoEntry: false });
  if (facts === undefined) {
    makeFolder(folder);
    facts = lstatSync(folder);
  }
  if (facts.isDirectory() && isPrivate(facts)) return folder;
  throw new PmemError(
    "ERR_PMEM_PERMISSION",
    folder,
    `${folder} must be a folder of this user (${process.geteuid!()}) that nobody else can enter (mode 700); ` +
      `remove it, or name another with ${variable}`,
  );
}

function makeFolder(folder: string): void {
  try {
    // Not "recursive", which does not end where the system makes no folders at all, as in /proc.
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return;
    throw new PmemError(
      "ERR_PMEM_PERMISSION",
      folder,
      `the folder of the keepers cannot be made (${(cause as Error).message}); name another with ${variable}`,
      { cause },
    );
  }
}

function usualFolder(): string {
  const user = process.geteuid!();
  const runtime = process.env["XDG_RUNTIME_DIR"] || `/run/user/${user}`;
  const facts = lstatSync(runtime, { throwIfNoEntry: false });
  if (facts?.isDirectory() === true && isPrivate(facts)) return join(runtime, "nodemm-emulator");
  return `/tmp/nodemm-emulator-${user}`;
}

function isPrivate({ uid, mode }: Stats): boolean {
  return uid === process.geteuid!() && (mode & 0o077) === 0;
}

/** Where a program that knows nothing of keepers can open the memory, as it would a file. */
export function linkPath(name: string): string {
  return join(keeperFolder(), name);
}

export function readLink(name: string): number | undefined {
  try {
    const target = readlinkSync(linkPath(name));
    const process = /^\/proc\/(?<process>\d+)\//u.exec(target)?.groups?.["process"];
    return process === undefined ? undefined : Number(process);
  } catch {
    return undefined;
  }
}

export function writeLink(name: string, process: number): void {
  const path = linkPath(name);
  // Renamed into place, because others may be mending it at the same time.
  const provisional = join(keeperFolder(), `.${name}.${randomBytes(8).toString("hex")}`);
  symlinkSync(`/proc/${process}/fd/${keeperDescriptor}`, provisional);
  renameSync(provisional, path);
}

export function removeLink(name: string): void {
  rmSync(linkPath(name), { force: true });
}

const lockBytes = 4096;
/** Putting many huge pages together takes long. */
const patienceMs = 120_000;
const pauseMs = 5;

/**
 * Runs `work` while no other process of this user starts or stops a keeper. The lock is a region's, so the kernel drops
 * it on any death.
 */
export function whileLocked<Result>(work: () => Result): Result {
  using _lock = lock(join(keeperFolder(), ".lock"));
  return work();
}

function lock(path: string): MappedFile {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      return mapFile(path, { mode: "open-or-create", size: lockBytes });
    } catch (error) {
      const busy = error instanceof PmemError && error.code === "ERR_PMEM_LOCKED";
      if (!busy) throw error;
      if (Date.now() > until) throw tooBusy(path, error);
      pause(pauseMs);
    }
  }
}

function tooBusy(path: string, cause: PmemError): PmemError {
  return new PmemError(
    "ERR_PMEM_LOCKED",
    path,
    `another program of this user has been starting or stopping memories for ${patienceMs / 1000} s; ` +
      `wait until it is done, or end it`,
    { cause },
  );
}

/** Waits without giving up the thread: nothing here is asynchronous. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
