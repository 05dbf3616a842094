/**
 * Writes to shelves until the power goes, and says what is durable. Begins by looking at what the last power cut left: the
 * shelf must be clean, and hold exactly what the operations that it counts have made.
 *
 * It says, a line each: `opening <place>`, `found <place> <operations>`, `done <place> <operation>`, and `broken <place>
 * <why>`, which ends it.
 */
import { readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { cellsName, contentAfter, countName, perform, type Target, type Value } from "./cut-workload.ts";

export interface Orders {
  readonly seed: number;
  readonly places: readonly { readonly name: string; readonly path: string }[];
  /** A folder where shelves are made and removed all the time; none of them may ever be half made. */
  readonly folder?: string;
  /** After so many operations on each place it closes the shelves and ends; by default never. */
  readonly operations?: number;
}

type Content = Record<string, Value>;

const shelfBytes = 2 ** 20;
const smallShelfBytes = 2 ** 16;
/** How many operations lie between two shelves that are made. */
const makingInterval = 16;

const { seed, places, folder, operations = Infinity } = JSON.parse(process.argv[2]) as Orders;

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function fail(place: string, reason: string): never {
  say(`broken ${place} ${reason}`);
  process.exit(1);
}

/** Opens a shelf and compares it with what it must be. Returns the number of its last operation. */
function open(place: string, path: string): { shelf: Shelf<Content>; count: number } {
  say(`opening ${place}`);
  const shelf = openShelf<Content>(path, { size: shelfBytes });
  const count = shelf.get(countName) as number | undefined;
  const reason = count === undefined ? whyNotEmpty(shelf) : differenceFrom(contentAfter(seed, count), shelf);
  if (reason !== undefined) fail(place, reason);
  const { ok, findings } = shelf.check({ data: true });
  if (!ok || findings.some(({ severity }) => severity === "error")) fail(place, JSON.stringify(findings));
  if (count !== undefined) {
    say(`found ${place} ${count}`);
    return { shelf, count };
  }
  shelf.transaction(() => perform(targetOf(shelf), seed, 0));
  say(`done ${place} 0`);
  return { shelf, count: 0 };
}

function whyNotEmpty(shelf: Shelf<Content>): string | undefined {
  return shelf.size === 0 ? undefined : `it has no count, but ${[...shelf.keys()].join(", ")}`;
}

function differenceFrom(expected: ReadonlyMap<string, Value>, shelf: Shelf<Content>): string | undefined {
  const count = expected.get(countName);
  const names = new Set([...shelf.keys(), ...expected.keys()]);
  for (const name of names) {
    if (!isDeepStrictEqual(shelf.get(name), expected.get(name))) {
      return `"${name}" is not what it was after ${String(count)} operations`;
    }
  }
  return undefined;
}

function targetOf(shelf: Shelf<Content>): Target {
  return {
    has: (name) => shelf.has(name),
    set: (name, value) => void shelf.set(name, value),
    delete: (name) => void shelf.delete(name),
    rename: (name, newName) => {
      shelf.rename(name, newName);
    },
    changeCells(offset, length, byte) {
      shelf.snapshot(cellsName, offset, length);
      (shelf.get(cellsName) as Uint8Array).fill(byte, offset, offset + length);
    },
  };
}

/** Each shelf in the folder is a whole one, or its creation was cut short and it can be made one. */
function clearFolder(path: string): void {
  for (const name of readdirSync(path)) {
    openShelf(join(path, name), { size: smallShelfBytes }).close();
    rmSync(join(path, name));
  }
}

if (folder !== undefined) clearFolder(folder);
const shelves = places.map(({ name, path }) => ({ name, ...open(name, path) }));
for (let round = 1; round <= operations; round++) {
  for (const place of shelves) {
    place.count++;
    place.shelf.transaction(() => perform(targetOf(place.shelf), seed, place.count));
    say(`done ${place.name} ${place.count}`);
  }
  if (folder !== undefined && round % makingInterval === 0) {
    const path = join(folder, String(round));
    openShelf(path, { size: smallShelfBytes }).close();
    rmSync(path);
  }
}
for (const { shelf } of shelves) shelf.close();
