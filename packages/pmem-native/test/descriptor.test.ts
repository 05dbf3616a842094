import { spawnSync } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, readSync, unlinkSync, writeFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { mapDescriptor, mapFile, type PmemErrorCode } from "../src/index.ts";
import { scriptPath } from "./support/child.ts";
import { fakeDevice } from "./support/dax.ts";
import { freshFolder, freshPath } from "./support/folders.ts";

const opened: number[] = [];

function open(path: string, flags = "r+"): number {
  opened.push(openSync(path, flags));
  return opened.at(-1)!;
}

afterEach(() => {
  vi.unstubAllEnvs();
  for (const descriptor of opened.splice(0)) closeSync(descriptor);
});

function expectError(call: () => unknown, code: PmemErrorCode, words: RegExp): void {
  expect(call).toThrow(expect.objectContaining({ name: "PmemError", code }) as Error);
  expect(call).toThrow(words);
}

test("a region over a descriptor reaches its file, and leaves the descriptor to the caller", () => {
  const path = freshPath();
  writeFileSync(path, "some bytes");
  const descriptor = open(path);
  const region = mapDescriptor(descriptor);
  expect(region).toMatchObject({ kind: "file", created: false, length: 10, path: `descriptor ${descriptor}` });
  expect(region.durability.survives).toBe("power-failure");
  region.copy(0, Buffer.from("SOME"));
  region.drain();
  region.close();
  expect(readFileSync(path, "utf8")).toBe("SOME bytes");
  expect(fstatSync(descriptor).size).toBe(10);
});

test("a file whose name was removed is mapped, and claims to survive nothing", () => {
  for (const [medium, kind] of [
    ["disk", "file"],
    ["memory", "memory"],
  ] as const) {
    const path = freshPath(medium);
    writeFileSync(path, "some bytes");
    const descriptor = open(path);
    unlinkSync(path);
    const region = mapDescriptor(descriptor);
    expect(region).toMatchObject({ kind, durability: { survives: "none" } });
    expect(region.durability.reason).toMatch(/no name/u);
    region.fill(0, 4, 33);
    region.drain();
    region.close();
    const bytes = Buffer.alloc(5);
    readSync(descriptor, bytes, 0, 5, 0);
    expect(bytes.toString("latin1")).toBe("!!!! ");
  }
});

test("a process maps a file that its parent opened and handed on", () => {
  const path = freshPath("memory");
  writeFileSync(path, Buffer.alloc(4096));
  const descriptor = open(path);
  unlinkSync(path);
  const { stdout, stderr } = spawnSync(process.execPath, [scriptPath("inherited.mjs"), "3"], {
    stdio: ["ignore", "pipe", "pipe", descriptor],
    encoding: "utf8",
  });
  expect(stdout, stderr).toBe("4096 bytes, none\n");
  const region = mapDescriptor(descriptor, { readOnly: true });
  expect(new Uint8Array(region.view(0, 2))).toEqual(Uint8Array.of(42, 42));
  region.close();
});

test("every other opening is refused while the region lives, through the same descriptor too", () => {
  const path = freshPath("memory");
  writeFileSync(path, "x");
  const descriptor = open(path);
  const region = mapDescriptor(descriptor);
  for (const call of [() => mapDescriptor(descriptor), () => mapFile(path), () => mapDescriptor(open(path, "r"))]) {
    expectError(call, "ERR_PMEM_LOCKED", /in use/u);
  }
  region.close();
  const readers = [mapDescriptor(descriptor, { readOnly: true }), mapFile(path, { readOnly: true })];
  for (const reader of readers) reader.close();
});

test("a descriptor of a DAX device maps the device", () => {
  const { path } = fakeDevice();
  const region = mapDescriptor(open(path));
  expect(region).toMatchObject({ kind: "dax-device", length: 8 * 2 ** 20 });
  region.close();
});

test("what is no descriptor of a file is refused by what it is", () => {
  const [closed, folder] = [open("/dev/null"), open(freshFolder(), "r")];
  closeSync(opened.splice(opened.indexOf(closed), 1)[0]);
  expectError(() => mapDescriptor(closed), "ERR_PMEM_NOT_FOUND", /not open in this process/u);
  expectError(() => mapDescriptor(folder), "ERR_PMEM_NOT_A_FILE", /descriptor \d+ is not a regular file/u);
  for (const wrong of ["3", undefined, null, 3n, {}]) {
    expect(() => mapDescriptor(wrong as number)).toThrow(TypeError);
  }
  for (const wrong of [-1, 0.5, Number.NaN, 2 ** 31, 2 ** 53]) {
    expect(() => mapDescriptor(wrong)).toThrow(RangeError);
  }
  expect(() => mapDescriptor(0, null as unknown as object)).toThrow(/options/u);
  expect(() => mapDescriptor(0, { size: 1 } as object)).toThrow(
    /^mapDescriptor has no option "size"; it has readOnly, /u,
  );
  expect(() => mapDescriptor(0, { readOnly: 1 as unknown as boolean })).toThrow(/readOnly/u);
});
