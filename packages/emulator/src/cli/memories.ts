import { formatSize, PmemError } from "@nodemm/pmem-native";
import Table from "cli-table3";
import { linkPath, whileLocked } from "../keeper/folder.ts";
import { findKeeper, listKeepers, type Keeper } from "../keeper/keepers.ts";
import { checkName, checkPlatform, type Pages } from "../keeper/record.ts";
import { stopKeeper } from "../keeper/stop.ts";
import { readUsage } from "../keeper/usage.ts";
import type { KeptMemory } from "../kept-memory.ts";
import { memfd, openMemory } from "../memfd.ts";

/** A memory as `--json` prints it. */
interface Memory {
  readonly name: string;
  readonly sizeBytes: number;
  readonly pages: Pages;
  readonly keeperProcessId: number;
  /** `null` where the system does not tell. */
  readonly inUse: boolean | null;
  readonly since: string;
  /** Where programs can open it as they would a file. */
  readonly path: string;
}

interface JsonOption {
  readonly json?: boolean;
}

interface StartCommand extends JsonOption {
  readonly size: string;
  readonly hugePages?: boolean;
}

export function startMemory(name: string, { size, hugePages = false, json }: StartCommand): void {
  memfd({ name, size, hugePages, mode: "create", prefault: false }).close();
  const keeper = findKeeper(name);
  const memory = keeper === undefined ? undefined : describe(keeper);
  if (memory === undefined) throw ended(name);
  const { sizeBytes, pages, keeperProcessId, path } = memory;
  const refused = hugePages && pages === "base" ? "\nHuge pages are not allowed here; it lies on usual ones." : "";
  print(
    json,
    memory,
    `${name}: ${formatSize(sizeBytes)} on ${inWords[pages]}, kept by process ${keeperProcessId}.${refused}\n` +
      `Open it with memfd({ name: "${name}" }), or as a file: ${path}`,
  );
}

export function listMemories({ json }: JsonOption): void {
  checkPlatform("list");
  const memories = describeAll(listKeepers());
  if (memories.length === 0) {
    print(json, [], 'No memory is kept for this user. Start one: "nodemm-emulator start NAME --size 1GiB".');
    return;
  }
  const table = new Table({
    head: ["name", "size", "pages", "in use", "keeper", "since"],
    style: { head: [], border: [] },
  });
  for (const { name, sizeBytes, pages, inUse, keeperProcessId, since } of memories) {
    const used = inUse === null ? "unknown" : inUse ? "yes" : "no";
    table.push([name, formatSize(sizeBytes), inWords[pages], used, keeperProcessId, since]);
  }
  print(json, memories, table.toString());
}

interface StopCommand extends JsonOption {
  readonly all?: boolean;
  readonly force?: boolean;
}

export function stopMemories(name: string | undefined, { all = false, force = false, json }: StopCommand): void {
  if ((name === undefined) !== all) throw new TypeError("stop takes either a name or --all; give one of them");
  checkPlatform("stop");
  const stopped = whileLocked(() => {
    const keepers = name === undefined ? listKeepers() : keepersOf(name);
    const memories = describeAll(keepers);
    const used = memories.filter(({ inUse }) => inUse === true).map((memory) => memory.name);
    if (used.length > 0 && !force) throw refuse(used);
    const held = force ? [] : hold(keepers);
    try {
      keepers.forEach(stopKeeper);
    } finally {
      for (const memory of held) memory.close();
    }
    return memories;
  });
  print(json, stopped, stopped.length === 0 ? "No memory was kept." : `Ended: ${stopped.map(nameOf).join(", ")}.`);
}

/** Usually one; more where a keeper was started in the moment that another was lost sight of. */
function keepersOf(name: string): Keeper[] {
  checkName(name);
  const keepers = listKeepers();
  const found = keepers.filter((keeper) => keeper.name === name);
  if (found.length > 0) return found;
  const others = keepers.length === 0 ? "nothing is kept" : `kept are: ${keepers.map(nameOf).join(", ")}`;
  throw new PmemError("ERR_PMEM_NOT_FOUND", name, `no memory "${name}" is kept for this user; ${others}`);
}

/** Opens memories that shall end, so that no program opens one in this moment and stores to it in vain. */
function hold(keepers: readonly Keeper[]): KeptMemory[] {
  const held: KeptMemory[] = [];
  try {
    for (const keeper of keepers) {
      const memory = holdOne(keeper);
      if (memory !== undefined) held.push(memory);
    }
    return held;
  } catch (error) {
    for (const memory of held) memory.close();
    throw error;
  }
}

/** Undefined for one whose keeper has ended already. */
function holdOne(keeper: Keeper): KeptMemory | undefined {
  const { name } = keeper;
  try {
    return openMemory(keeper, { name, prefault: false }, false);
  } catch (error) {
    if (!(error instanceof PmemError)) throw error;
    if (error.code === "ERR_PMEM_NOT_FOUND") return undefined;
    throw error.code === "ERR_PMEM_LOCKED" ? refuse([name]) : error;
  }
}

function refuse(names: readonly string[]): PmemError {
  const list = names.map((name) => `"${name}"`).join(", ");
  return new PmemError(
    "ERR_PMEM_LOCKED",
    names[0],
    `${list} is in use, and would be lost when its program closes it; end that program first, or pass --force`,
  );
}

const inWords: Readonly<Record<Pages, string>> = {
  hugetlb: "huge pages (hugetlb)",
  "transparent-huge": "huge pages (transparent)",
  base: "usual pages",
};

function ended(name: string): PmemError {
  return new PmemError(
    "ERR_PMEM_NOT_FOUND",
    name,
    `the memory "${name}" was made, but its keeper has ended already; was it stopped at the same time?`,
  );
}

/** Those that are still there: a keeper may end at any moment. */
function describeAll(keepers: readonly Keeper[]): Memory[] {
  return keepers.map(describe).filter((memory) => memory !== undefined);
}

function describe(keeper: Keeper): Memory | undefined {
  const { name, pages, processId, since } = keeper;
  const usage = readUsage(keeper);
  if (usage === undefined) return undefined;
  const { sizeBytes, inUse = null } = usage;
  return { name, sizeBytes, pages, keeperProcessId: processId, inUse, since, path: linkPath(name) };
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

function print(json: boolean | undefined, value: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
}
