import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mapFile, PmemError } from "../src/index.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nodemm-marks-"));
  path = join(folder, "file");
  mapFile(path, { mode: "create", size: 65536 }).close();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a mark is seen by every other opener, with or without the lock, and not by its own", () => {
  using writer = mapFile(path);
  using one = mapFile(path, { beside: true, readOnly: true });
  using other = mapFile(path, { beside: true });
  one.marks.set(7);
  expect(writer.marks.heldByOthers(0, 8)).toBe(true);
  expect(writer.marks.heldByOthers(0, 7)).toBe(false);
  expect(writer.marks.heldByOthers(8, 2 ** 53 - 1)).toBe(false);
  expect(one.marks.heldByOthers(0, 2 ** 53 - 1)).toBe(false);
  other.marks.set(7);
  expect(one.marks.heldByOthers(7, 8)).toBe(true);
  other.marks.clear(7);
  expect(writer.marks.heldByOthers(7, 8)).toBe(true);
  one.close();
  expect(writer.marks.heldByOthers(0, 2 ** 53 - 1)).toBe(false);
});

test("marks reach to the last safe integer and meet no lock of the file", () => {
  using writer = mapFile(path);
  using beside = mapFile(path, { beside: true, readOnly: true });
  beside.marks.set(2 ** 53 - 1);
  beside.marks.set(0);
  writer.marks.set(0);
  expect(writer.marks.heldByOthers(1, 2 ** 53 - 1)).toBe(false);
  writer.close();
  mapFile(path).close();
  using again = mapFile(path, { readOnly: true });
  expect(again.marks.heldByOthers(0, 1)).toBe(true);
});

test("a killed process leaves no mark", async () => {
  using writer = mapFile(path);
  const program = `
    import { mapFile } from ${JSON.stringify(new URL("../dist/src/index.js", import.meta.url).href)};
    const region = mapFile(${JSON.stringify(path)}, { beside: true, readOnly: true });
    region.marks.set(5);
    console.log("marked");
    setInterval(() => region.length, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  expect(writer.marks.heldByOthers(5, 6)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(writer.marks.heldByOthers(0, 2 ** 53 - 1)).toBe(false);
});

test("what is mapped beside sees the other's stores, and changes nothing by being opened", () => {
  using writer = mapFile(path);
  const { mtimeMs } = statSync(path);
  using beside = mapFile(path, { beside: true, readOnly: true });
  expect(statSync(path).mtimeMs).toBe(mtimeMs);
  const seen = new Uint8Array(beside.view(0, 64));
  new Uint8Array(writer.view(0, 64))[3] = 9;
  expect(seen[3]).toBe(9);
});

test("what is mapped beside does not grow, and cuts nothing of what its holder has added", async () => {
  using writer = mapFile(path);
  using beside = mapFile(path, { beside: true });
  writer.grow(1 << 20);
  writer.fill(1 << 19, 8, 7);
  writer.persist(1 << 19, 8);
  const refused = expect.objectContaining({ code: "ERR_PMEM_UNSUPPORTED" }) as PmemError;
  expect(() => beside.grow(2 ** 39)).toThrow(refused);
  expect(() => beside.grow(1 << 21)).toThrow(/map it again/u);
  await expect(beside.growAsync(1 << 21)).rejects.toThrow(refused);
  expect(statSync(path).size).toBe(1 << 20);
  expect(writer.crc32c(1 << 19, 8)).toBe(writer.crc32cOf(new Uint8Array(8).fill(7)));
  expect(beside.length).toBe(65536);
});

test("what makes no sense is refused", () => {
  using region = mapFile(path);
  for (const bad of [-1, 0.5, NaN, 2 ** 53]) expect(() => region.marks.set(bad)).toThrow(RangeError);
  expect(() => region.marks.heldByOthers("0" as never, 1)).toThrow(TypeError);
  expect(region.marks.heldByOthers(5, 5)).toBe(false);
  expect(region.marks.heldByOthers(6, 5)).toBe(false);
  expect(() => mapFile(path, { beside: 1 as never })).toThrow(TypeError);
  expect(() => mapFile(path, { beside: true, mode: "create", size: 4096 })).toThrow(/open/u);
  region.close();
  expect(() => region.marks.set(1)).toThrow(PmemError);
});
