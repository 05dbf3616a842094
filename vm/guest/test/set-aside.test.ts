/** Bad pages in a variable and in free space of a shelf: what is told, what goes on, and what repair does about it. */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkShelf, openShelf, repairShelf, type CheckReport } from "@nodemm/shelf";
import { expect, test } from "vitest";
import { fillWithOthers, variablesOn, type BadRange } from "./aside.ts";
import { find, isUnreadable, pageBytes, spoil } from "./bad-blocks.ts";

const disk = process.env["NODEMM_VM_DISK"]!;
const path = join(tmpdir(), "aside.shelf");
const bytes = 8 * pageBytes;
const first = new Uint8Array(bytes).fill(1);
const lost = new Uint8Array(bytes).map((_, index) => (index % 251) + 1);

function severities({ findings }: CheckReport): [string, string | undefined][] {
  return findings
    .filter(({ structure }) => structure === "medium")
    .map(({ severity, variable }) => [severity, variable]);
}

/** A bad page inside a variable, and one in what was another's and is free now. */
function makeBadShelf(): readonly BadRange[] {
  const gone = new Uint8Array(bytes).map((_, index) => (index % 241) + 3);
  const shelf = openShelf(path, { size: "1 MiB" });
  shelf.set("first", first).set("gone", gone).set("lost", lost).set("last", { kept: true });
  const offsets = [lost, gone].map((each) => Math.ceil(find(path, each) / pageBytes + 2) * pageBytes);
  shelf.delete("gone");
  shelf.close();
  for (const offset of offsets) {
    spoil(disk, path, offset);
    expect(isUnreadable(path, offset)).toBe(true);
  }
  return offsets.map((offset) => ({ offset, length: pageBytes }));
}

test("repair sets bad places aside, of a variable too once it is erased, and nothing is ever stored there", () => {
  const bad = makeBadShelf();
  const [inLost, inFree] = bad;
  expect(severities(checkShelf(path, { data: true }))).toEqual(
    expect.arrayContaining([
      ["error", "lost"],
      ["warning", undefined],
    ]),
  );

  const report = repairShelf(path);
  expect(report.quarantined.map(({ offset, bytes: set }) => [offset, set])).toEqual([[inFree.offset, pageBytes]]);
  expect(severities(report.after)).toEqual(
    expect.arrayContaining([
      ["error", "lost"],
      ["note", undefined],
    ]),
  );
  {
    using shelf = openShelf(path);
    expect(shelf.get("first")).toEqual(first);
    expect(shelf.get("last")).toEqual({ kept: true });
    expect((shelf.get("lost") as Uint8Array).subarray(0, 64)).toEqual(lost.subarray(0, 64));
    // What was lost is restored from elsewhere, into a place of its own; the old one is free then.
    shelf.set("lost", lost);
    expect(shelf.quarantine().map(({ offset, bytes: set }) => [offset, set])).toEqual([[inLost.offset, pageBytes]]);
    shelf.persist();
    expect(shelf.check({ data: true })).toMatchObject({ ok: true });
    fillWithOthers(shelf);
    shelf.compact();
    expect(variablesOn(shelf, bad)).toEqual(["quarantine", "quarantine"]);
  }
  const after = checkShelf(path, { data: true });
  expect([after.ok, severities(after)]).toEqual([
    true,
    [
      ["note", undefined],
      ["note", undefined],
    ],
  ]);
  writeFileSync(join(tmpdir(), "bad.json"), JSON.stringify(bad));
});

test("repair rewrites a damaged superblock and sets a bad place aside, and keeps what it overwrites", () => {
  const damagedPath = join(tmpdir(), "damaged.shelf");
  const shelf = openShelf(damagedPath, { size: "1 MiB" });
  shelf.set("gone", lost);
  const image = readFileSync(damagedPath);
  const bad = Math.ceil(image.indexOf(lost) / pageBytes + 2) * pageBytes;
  shelf.delete("gone");
  shelf.close();
  const copyOffset = image.indexOf(image.subarray(0, 8), 8);
  expect(copyOffset).toBeGreaterThan(0);
  const file = openSync(damagedPath, "r+");
  writeSync(file, Buffer.of(image[copyOffset + 50] ^ 1), 0, 1, copyOffset + 50);
  closeSync(file);
  spoil(disk, damagedPath, bad);

  const { repairs, quarantined, recoveryPath, after } = repairShelf(damagedPath);
  expect(repairs).toMatchObject([{ structure: "superblock", offset: copyOffset }]);
  expect(quarantined).toMatchObject([{ offset: bad, bytes: pageBytes }]);
  expect([after.ok, severities(after)]).toEqual([true, [["note", undefined]]]);
  const { ranges } = JSON.parse(readFileSync(recoveryPath!, "utf8")) as {
    ranges: { offset: number; base64: string }[];
  };
  expect(ranges).toHaveLength(1);
  expect(Buffer.from(ranges[0].base64, "base64")[50]).toBe(image[copyOffset + 50] ^ 1);
});
