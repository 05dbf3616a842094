/**
 * Who keeps what: read from the process table, which cannot go stale.
 *
 * A keeper is a process of this user whose descriptor 3 is a memfd with the label that its own environment states. Nobody
 * else's process can pass for one, and a process number that was used again cannot either.
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { keeperScope, pause, readLink, removeLink, writeLink } from "./folder.ts";
import { keeperDescriptor, parseRecord, recordVariable, type KeeperRecord } from "./record.ts";

export interface Keeper extends KeeperRecord {
  readonly processId: number;
  /** Where its memory can be opened while it lives. */
  readonly descriptorPath: string;
}

/** The keeper of a name, by the index, else by looking at every process. */
export function findKeeper(name: string): Keeper | undefined {
  const linked = readLink(name);
  const keeper = linked === undefined ? undefined : readKeeper(linked);
  if (keeper?.name === name) return keeper;
  // Of two, the older one's maker was killed as it started it, and nobody has used it.
  const found = listKeepers().findLast((each) => each.name === name);
  if (found !== undefined) writeLink(name, found.processId);
  else if (linked !== undefined) removeLink(name);
  return found;
}

/** Every keeper of this user, by name. */
export function listKeepers(): Keeper[] {
  const found: Keeper[] = [];
  for (const entry of readdirSync("/proc")) {
    const keeper = /^\d+$/u.test(entry) ? readKeeper(Number(entry)) : undefined;
    if (keeper !== undefined) found.push(keeper);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.since < b.since ? -1 : 1));
}

export function readKeeper(processId: number): Keeper | undefined {
  const descriptorPath = `/proc/${processId}/fd/${keeperDescriptor}`;
  const target = attempt(() => readlinkSync(descriptorPath));
  if (target === undefined || !target.startsWith("/memfd:nodemm:")) return undefined;
  const record = attempt(() => readRecord(processId));
  if (record === undefined || target !== `/memfd:${record.label} (deleted)` || record.scope !== keeperScope()) {
    return undefined;
  }
  // Root may look into every process, but has its own keepers only.
  if (attempt(() => statSync(descriptorPath).uid) !== process.geteuid!()) return undefined;
  return { ...record, processId, descriptorPath };
}

/** The kernel closes what a new program shall not inherit before it shows the program's environment. */
const beginningMs = 1000;

function readRecord(processId: number): KeeperRecord | undefined {
  const environment = (): string => readFileSync(`/proc/${processId}/environ`, "utf8");
  const until = Date.now() + beginningMs;
  let text = environment();
  for (; text === "" && Date.now() < until; text = environment()) pause(1);
  const variables = text.split("\0");
  const record = variables.find((each) => each.startsWith(`${recordVariable}=`));
  return record === undefined ? undefined : parseRecord(record.slice(recordVariable.length + 1));
}

/** Undefined where the process is gone, is being looked at by the wrong user, or is no keeper at all. */
function attempt<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
