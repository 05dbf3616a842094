import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { mapFile, PmemError, type MapFileOptions, type MappedFile, type PmemErrorCode } from "../src/index.ts";
import { runScript } from "./support/child.ts";
import { freshFolder, freshPath } from "./support/folders.ts";

function expectError(call: () => unknown, code: PmemErrorCode, ...words: RegExp[]): PmemError {
  let thrown: unknown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(PmemError);
  const error = thrown as PmemError;
  expect(error).toMatchObject({ name: "PmemError", code });
  for (const word of words) expect(error.message).toMatch(word);
  return error;
}

const create = (path: string, size = 4096): MappedFile => mapFile(path, { mode: "create", size });

test("create makes a file of exactly the size, and open finds its bytes again", () => {
  const path = freshPath();
  const made = create(path, 10_001);
  expect(made).toMatchObject({ path, source: path, created: true, length: 10_001, readOnly: false });
  made.copy(9990, Uint8Array.of(1, 2, 3));
  made.drain();
  made.close();
  expect(statSync(path).size).toBe(10_001);
  const opened = mapFile(path);
  expect(opened).toMatchObject({ created: false, length: 10_001 });
  expect([...new Uint8Array(opened.view(9990, 4))]).toEqual([1, 2, 3, 0]);
  opened.close();
});

test("open-or-create creates a missing file and keeps an existing one's size", () => {
  const path = freshPath();
  const made = mapFile(path, { mode: "open-or-create", size: 5000 });
  expect(made.created).toBe(true);
  made.close();
  const opened = mapFile(path, { mode: "open-or-create", size: 1_000_000 });
  expect(opened).toMatchObject({ created: false, length: 5000 });
  opened.close();
});

test("a using declaration closes the region", () => {
  const path = freshPath();
  let escaped: MappedFile;
  {
    using region = create(path);
    escaped = region;
    expect(region.closed).toBe(false);
  }
  expect(escaped.closed).toBe(true);
});

test("capacity bounds growth, and the default leaves room", () => {
  const bounded = mapFile(freshPath(), { mode: "create", size: 4096, capacity: 8192 });
  expect(bounded.capacity).toBe(8192);
  expectError(() => bounded.grow(8193), "ERR_PMEM_CAPACITY", /8193/u, /8192/u);
  bounded.close();
  const roomy = create(freshPath());
  expect(roomy.capacity).toBeGreaterThanOrEqual(2 ** 30);
  roomy.close();
});

test("a grown file has its new size on disk, and what was stored in the new part is found again", () => {
  const path = freshPath();
  const made = create(path, 5000);
  made.grow(20_000);
  made.fill(19_999, 1, 7);
  made.drain();
  made.close();
  expect(readFileSync(path).subarray(19_998)).toEqual(Buffer.from([0, 7]));
  expect(statSync(path).size).toBe(20_000);
});

test("opening what does not exist is ERR_PMEM_NOT_FOUND", () => {
  const path = freshPath();
  expectError(() => mapFile(path), "ERR_PMEM_NOT_FOUND", /does not exist/u, /mode "create"/u);
  expectError(() => create(join(path, "below", "file")), "ERR_PMEM_NOT_FOUND");
  writeFileSync(path, "x");
  expectError(() => mapFile(join(path, "below")), "ERR_PMEM_NOT_FOUND");
});

test("an error has only the facts that it has, so that it prints no more", () => {
  const error = expectError(() => mapFile(freshPath()), "ERR_PMEM_NOT_FOUND");
  expect(Object.keys(error).sort()).toStrictEqual(["code", "name", "source"]);
});

test("creating what exists is ERR_PMEM_EXISTS and leaves it alone", () => {
  const path = freshPath();
  writeFileSync(path, "content");
  expectError(() => create(path), "ERR_PMEM_EXISTS", /exists already/u);
  expect(readFileSync(path, "utf8")).toBe("content");
});

test("a symbolic link to nothing is ERR_PMEM_EXISTS for those who would create", () => {
  const path = freshPath();
  symlinkSync("nowhere", path);
  expectError(() => create(path), "ERR_PMEM_EXISTS", /symbolic link/u);
  expectError(() => mapFile(path, { mode: "open-or-create", size: 4096 }), "ERR_PMEM_EXISTS", /symbolic link/u);
  expectError(() => mapFile(path), "ERR_PMEM_NOT_FOUND");
});

test("folders, devices and pipes are ERR_PMEM_NOT_A_FILE", () => {
  const folder = freshFolder();
  for (const path of [folder, "/dev/null", "/dev/zero"]) {
    for (const options of [{}, { readOnly: true }, { mode: "open-or-create", size: 1 }] as MapFileOptions[]) {
      expectError(() => mapFile(path, options), "ERR_PMEM_NOT_A_FILE", /not a regular file/u);
    }
  }
  expectError(() => create(`${folder}/new/`), "ERR_PMEM_NOT_A_FILE");
});

test("an empty file is ERR_PMEM_SIZE and stays empty", () => {
  const path = freshPath();
  writeFileSync(path, "");
  expectError(() => mapFile(path), "ERR_PMEM_SIZE", /empty file/u);
  expectError(() => mapFile(path, { mode: "open-or-create", size: 4096 }), "ERR_PMEM_SIZE");
  expect(statSync(path).size).toBe(0);
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
  "size %d is ERR_PMEM_SIZE and creates nothing",
  (size) => {
    const path = freshPath();
    for (const mode of ["create", "open-or-create", "open"] as const) {
      expectError(() => mapFile(path, { mode, size }), "ERR_PMEM_SIZE", /size/u);
    }
    expectError(() => mapFile(path, { mode: "create", size: 4096, capacity: size }), "ERR_PMEM_SIZE", /capacity/u);
    expect(existsSync(path)).toBe(false);
  },
);

test("creating without a size is ERR_PMEM_SIZE", () => {
  const path = freshPath();
  expectError(() => mapFile(path, { mode: "create" }), "ERR_PMEM_SIZE", /needs a size/u);
  expectError(() => mapFile(path, { mode: "open-or-create" }), "ERR_PMEM_SIZE", /needs a size/u);
  create(path).close();
  const opened = mapFile(path, { mode: "open-or-create" });
  expect(opened.length).toBe(4096);
  opened.close();
});

test("a size above the disk is ERR_PMEM_NO_SPACE with needed and free bytes, and creates nothing", () => {
  for (const medium of ["disk", "memory"] as const) {
    const path = freshPath(medium);
    expectError(
      () => create(path, 2 ** 50),
      "ERR_PMEM_NO_SPACE",
      /1125899906842624 bytes are needed/u,
      /\d+ are free/u,
    );
    expect(readdirSync(dirname(path))).toEqual([]);
  }
});

test("a size above the capacity is ERR_PMEM_CAPACITY, for new files and for existing ones", () => {
  const path = freshPath();
  expectError(() => mapFile(path, { mode: "create", size: 8192, capacity: 4096 }), "ERR_PMEM_CAPACITY");
  expect(existsSync(path)).toBe(false);
  create(path, 8192).close();
  expectError(() => mapFile(path, { capacity: 4096 }), "ERR_PMEM_CAPACITY", /8192/u, /4096/u);
});

test("a capacity that no address space has is ERR_PMEM_CAPACITY and creates nothing", () => {
  const path = freshPath();
  expectError(() => mapFile(path, { mode: "create", size: 4096, capacity: 2 ** 52 }), "ERR_PMEM_CAPACITY", /address/u);
  expect(existsSync(path)).toBe(false);
});

test("misuse is a plain TypeError that names the argument", () => {
  const path = freshPath();
  const wrong: [() => unknown, RegExp][] = [
    [() => mapFile(1 as unknown as string), /path/u],
    [() => mapFile(""), /path/u],
    [() => mapFile("a\0b"), /NUL/u],
    [() => mapFile(path, null as unknown as MapFileOptions), /options/u],
    [() => mapFile(path, { mode: "append" as "open" }), /mode.*"append"/u],
    [
      () => mapFile(path, new Uint8Array(2 ** 28) as object),
      /^mapFile takes options such as \{ mode \}, got an array/u,
    ],
    [() => mapFile(path, { length: 1 } as object), /^mapFile has no option "length"; it has mode, size, /u],
    [() => mapFile(path, { size: "1" as unknown as number }), /size/u],
    [() => mapFile(path, { capacity: 1n as unknown as number }), /capacity/u],
    [() => mapFile(path, { readOnly: 1 as unknown as boolean }), /readOnly/u],
    [() => mapFile(path, { readOnly: true, mode: "create", size: 1 }), /readOnly/u],
    [() => mapFile(path, { granularity: "line" as "page" }), /granularity/u],
    [() => mapFile(path, { forceGranularity: 1 as unknown as "page" }), /forceGranularity/u],
  ];
  for (const [call, words] of wrong) {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(words);
  }
  expect(existsSync(path)).toBe(false);
});

test("a file that this user may not write is ERR_PMEM_PERMISSION, and may be read where reading is allowed", () => {
  const path = freshPath("memory");
  create(path).close();
  const { reports, stderr } = runScript("permission.mjs", [path]);
  expect(reports, stderr).toEqual([
    expect.objectContaining({ code: "ERR_PMEM_PERMISSION", message: expect.stringMatching(/EACCES.*readOnly: true/u) }),
    expect.objectContaining({ thrown: false, value: 4096 }),
    expect.objectContaining({ code: "ERR_PMEM_PERMISSION" }),
    expect.objectContaining({ code: "ERR_PMEM_PERMISSION" }),
  ]);
  expect(readdirSync(dirname(path))).toEqual(["file.pm"]);
});

test("a read-only region shows the file, lets other readers in, and keeps stores from it", () => {
  const path = freshPath();
  writeFileSync(path, "123456789");
  const first = mapFile(path, { readOnly: true });
  const second = mapFile(path, { readOnly: true });
  expect(first.crc32c(0, 9)).toBe(0xe3069283);
  new Uint8Array(first.view(0, 9)).fill(0);
  expect(second.crc32c(0, 9)).toBe(0xe3069283);
  expect(readFileSync(path, "utf8")).toBe("123456789");
  expectError(() => mapFile(path), "ERR_PMEM_LOCKED");
  expect(first.durability.survives).toBe("none");
  first.close();
  second.close();
  expect(readFileSync(path, "utf8")).toBe("123456789");
});

test("opening makes a sparse file really allocated and keeps its bytes", () => {
  const path = freshPath();
  writeFileSync(path, Buffer.alloc(0));
  runScript("make-sparse.mjs", [path, String(2 ** 22)]);
  expect(statSync(path).blocks * 512).toBeLessThan(2 ** 22);
  const region = mapFile(path);
  expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(2 ** 22);
  expect(Buffer.from(region.view(2 ** 21, 6)).toString()).toBe("middle");
  region.close();
});

test("a path in the working folder needs no slash", () => {
  const folder = freshFolder();
  mkdirSync(join(folder, "data"));
  const { reports, stderr } = runScript("relative-path.mjs", [folder]);
  expect(reports, stderr).toEqual([{ created: true, files: ["data", "plain.pm"] }]);
});
