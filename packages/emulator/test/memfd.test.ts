import { rmSync, symlinkSync, existsSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { mapFile, mapMemory, type PmemErrorCode } from "@nodemm/pmem-native";
import { regionConformance } from "@nodemm/pmem-native/conformance";
import { afterEach, expect, test } from "vitest";
import { memfd, type MemfdOptions } from "../src/index.ts";
import { findKeeper, listKeepers } from "../src/keeper/keepers.ts";
import { stopKeeper } from "../src/keeper/stop.ts";
import { hold, kill, run, runTogether, useOwnKeepers } from "./support/programs.ts";

const place = useOwnKeepers();
const sizeBytes = 1 << 20;
let count = 0;
const freshName = (): string => `memory-${count++}`;

function expectError(call: () => unknown, code: PmemErrorCode, words: RegExp): void {
  expect(call).toThrow(expect.objectContaining({ name: "PmemError", code }) as Error);
  expect(call).toThrow(words);
}

/** Whether this runtime has them: every mapped region does then. */
const probe = mapMemory({ size: 1 });
const { sharedViews } = probe;
probe.close();

regionConformance(
  "memfd()",
  { create: ({ length, capacity }) => memfd({ name: freshName(), size: length, capacity }) },
  { overlappingViews: true, growable: true, sharedViews },
  test,
);

afterEach(() => {
  for (const keeper of listKeepers()) stopKeeper(keeper);
});

test("what a killed program left is there for the next one", () => {
  const name = freshName();
  const { signal } = run(`
    const region = memfd({ name: "${name}", size: "1 MiB" });
    new Uint8Array(region.view(4096, 3)).set([1, 2, 3]);
    region.fill(8192, 4096, 9);
    process.kill(process.pid, "SIGKILL");`);
  expect(signal).toBe("SIGKILL");
  using region = memfd({ name });
  expect(region).toMatchObject({ created: false, length: sizeBytes, kind: "memory", name, readOnly: false });
  expect([...new Uint8Array(region.view(4096, 4))]).toEqual([1, 2, 3, 0]);
  expect([...region.readSafely(8191, 2)]).toEqual([0, 9]);
});

test("it says what it survives, and on what pages it lies", () => {
  using region = memfd({ name: freshName(), size: sizeBytes });
  expect(region).toMatchObject({ created: true, granularity: "byte", pages: "base", persistenceDomain: "none" });
  expect(region.source).toBe(`memory "${region.name}"`);
  expect(region.durability.survives).toBe("process-exit");
  expect(region.durability.reason).toContain(`process ${region.keeperProcessId}`);
  expect(region.durability.reason).toMatch(/pages of the usual size/u);
  expect(region.instructions.flush).toBe("none");
});

test("a second opener is refused until the first one ends, however it ends", async () => {
  const name = freshName();
  const holder = await hold(`memfd({ name: "${name}", size: 4096 }); console.log("held");`);
  expectError(() => memfd({ name }), "ERR_PMEM_LOCKED", /memory "memory-\d+" is in use.*close it there/u);
  await kill(holder);
  using region = memfd({ name });
  expectError(() => memfd({ name }), "ERR_PMEM_LOCKED", /this one has it open/u);
  expect(region.length).toBe(4096);
});

test("growth is kept, and a memory keeps its own size whatever is asked for", () => {
  const name = freshName();
  const region = memfd({ name, size: 4096 });
  region.grow(100_000);
  region.fill(99_999, 1, 5);
  region.close();
  using again = memfd({ name, size: "2 MiB" });
  expect(again).toMatchObject({ length: 100_000, created: false });
  expect(new Uint8Array(again.view(99_998, 2))).toEqual(Uint8Array.of(0, 5));
});

test("a killed keeper is told from one that lives: the memory is gone, and the error says what to do", () => {
  const name = freshName();
  const region = memfd({ name, size: 4096 });
  region.fill(0, 4096, 1);
  process.kill(region.keeperProcessId, "SIGKILL");
  while (findKeeper(name) !== undefined);
  // This process holds the memory still.
  expect(region.crc32c(0, 8)).not.toBe(0);
  region.fill(0, 4096, 2);
  region.close();
  const todo = /keeper ended.*nodemm-emulator start memory-\d+ --size.*give memfd a size/u;
  expectError(() => memfd({ name }), "ERR_PMEM_NOT_FOUND", todo);
  expect(existsSync(join(place.folder, name))).toBe(false);
  using anew = memfd({ name, size: 4096 });
  expect(anew.created).toBe(true);
  expect(new Uint8Array(anew.view(0, 4096)).every((byte) => byte === 0)).toBe(true);
});

test("an index that was lost, or names another process, is made again from the process table", () => {
  const name = freshName();
  memfd({ name, size: 4096 }).close();
  const link = join(place.folder, name);
  const target = readlinkSync(link);
  rmSync(link);
  memfd({ name }).close();
  expect(readlinkSync(link)).toBe(target);
  rmSync(link);
  symlinkSync(`/proc/${process.pid}/fd/3`, link);
  memfd({ name }).close();
  expect(readlinkSync(link)).toBe(target);
  stopKeeper(findKeeper(name)!);
  symlinkSync(`/proc/${process.pid}/fd/3`, link);
  expectError(() => memfd({ name }), "ERR_PMEM_NOT_FOUND", /is kept for this user/u);
});

test("programs that make the same name at the same time share one keeper", async () => {
  const name = freshName();
  const program = `
    try {
      const region = memfd({ name: "${name}", size: 65536 });
      console.log(region.created ? "made" : "opened", region.keeperProcessId);
    } catch (error) {
      console.log(error.code);
    }`;
  const outcomes = await runTogether(Array(6).fill(program));
  expect(listKeepers().filter((keeper) => keeper.name === name)).toHaveLength(1);
  const keeper = findKeeper(name)!.processId;
  for (const outcome of outcomes)
    expect(outcome).toMatch(new RegExp(`^(?:(?:made|opened) ${keeper}|ERR_PMEM_LOCKED)$`, "mu"));
});

test("mode decides what may be there", () => {
  const name = freshName();
  expectError(() => memfd({ name, mode: "open", size: 4096 }), "ERR_PMEM_NOT_FOUND", /is kept for this user/u);
  expectError(() => memfd({ name, mode: "create" }), "ERR_PMEM_SIZE", /needs a size/u);
  expectError(() => memfd({ name, mode: "open-or-create" }), "ERR_PMEM_SIZE", /needs a size/u);
  memfd({ name, mode: "create", size: 4096 }).close();
  expectError(
    () => memfd({ name, mode: "create", size: 4096 }),
    "ERR_PMEM_EXISTS",
    /kept already.*nodemm-emulator stop/u,
  );
  memfd({ name, mode: "open-or-create" }).close();
});

test("huge pages are used where they are allowed, and the region says which", () => {
  const name = freshName();
  using region = memfd({ name, size: 5_000_000, hugePages: true });
  expect(["hugetlb", "transparent-huge", "base"]).toContain(region.pages);
  expect(region.length).toBe(6 * 2 ** 20);
  if (region.pages !== "base") expect(region.durability.reason).toMatch(/huge pages/u);
  region.fill(0, region.length, 3);
  region.grow(7 * 2 ** 20);
  expect(new Uint8Array(region.view(region.length - 1, 1))[0]).toBe(0);
});

test("another program reaches it as a file, by its path in the folder", () => {
  const name = freshName();
  memfd({ name, size: 4096 }).close();
  const region = mapFile(join(place.folder, name));
  region.fill(0, 10, 4);
  region.drain();
  expectError(() => memfd({ name }), "ERR_PMEM_LOCKED", /in use/u);
  region.close();
  using again = memfd({ name, prefault: true });
  expect([...new Uint8Array(again.view(8, 4))]).toEqual([4, 4, 0, 0]);
});

test("more than there is cannot be kept, and no keeper is left behind", () => {
  const name = freshName();
  expectError(() => memfd({ name, size: "4000 TiB" }), "ERR_PMEM_NO_SPACE", /are needed/u);
  expect(findKeeper(name)).toBeUndefined();
});

test("what the maker could not map is refused before there is a keeper", () => {
  const name = freshName();
  expectError(() => memfd({ name, size: 8192, capacity: 4096 }), "ERR_PMEM_CAPACITY", /8192.*4096/u);
  expectError(() => memfd({ name, size: 8192, capacity: 0 }), "ERR_PMEM_SIZE", /capacity/u);
  expect(() => memfd({ name, size: 8192, granularity: "line" as "byte" })).toThrow(/granularity must be.*got line/u);
  expect(listKeepers()).toEqual([]);
  memfd({ name, size: 8192 }).close();
  expectError(() => memfd({ name, capacity: 4096 }), "ERR_PMEM_CAPACITY", /8192.*4096/u);
  memfd({ name }).close();
});

test("an index that many programs mend at the same time serves each of them", async () => {
  const name = freshName();
  memfd({ name, size: 4096 }).close();
  const program = `
    import { rmSync } from "node:fs";
    for (let round = 0; round < 200; round++) {
      rmSync("${join(place.folder, name)}", { force: true });
      try { memfd({ name: "${name}" }).close(); } catch (error) { if (error.code !== "ERR_PMEM_LOCKED") throw error; }
    }
    console.log("done");`;
  expect(await runTogether([program, program, program])).toEqual(Array(3).fill("done\n"));
  expect(readdirSync(place.folder).sort()).toEqual([".lock", name]);
});

test("wrong options are refused by name", () => {
  const wrong: [unknown, RegExp][] = [
    [undefined, /memfd takes/u],
    [null, /memfd takes/u],
    [{}, /name must be.*undefined/u],
    [{ name: "" }, /name must be/u],
    [{ name: "../up" }, /name must be/u],
    [{ name: ".lock" }, /name must be/u],
    [{ name: "x".repeat(101) }, /name must be/u],
    [{ name: "x", size: {} }, /size must be/u],
    [{ name: "x", size: 1, mode: "append" }, /mode must be one of/u],
    [{ name: "x", size: 1, hugePages: 1 }, /hugePages must be a boolean/u],
    [{ name: "x", size: 1, prefault: "yes" }, /prefault must be a boolean/u],
    [{ name: "x", size: 1, preFault: true }, /^memfd has no option "preFault"; it has name, size, /u],
  ];
  for (const [options, words] of wrong) {
    expect(() => memfd(options as MemfdOptions)).toThrow(TypeError);
    expect(() => memfd(options as MemfdOptions)).toThrow(words);
  }
  for (const size of [0, -1, 0.5, "many", "1 PB"]) expect(() => memfd({ name: "x", size })).toThrow(RangeError);
  expect(findKeeper("x")).toBeUndefined();
});

test("the folder must be one that can be made", () => {
  const env = { ...process.env, NODEMM_KEEPER_FOLDER: "/proc/nowhere/keepers" };
  const program = `try { memfd({ name: "x", size: 4096 }); } catch (error) { console.log(error.code, error.message); }`;
  expect(run(program, { env }).output).toMatch(/ERR_PMEM_PERMISSION .*cannot be made.*NODEMM_KEEPER_FOLDER/u);
});

test("the folder must be this user's alone", () => {
  const open = join(place.folder, "open");
  const { output } = run(
    `import { mkdirSync } from "node:fs";
     mkdirSync("${open}"); process.umask(0);
     import("node:fs").then(({ chmodSync }) => {
       chmodSync("${open}", 0o755);
       try { memfd({ name: "x", size: 4096 }); } catch (error) { console.log(error.code, error.message); }
     });`,
    { env: { ...process.env, NODEMM_KEEPER_FOLDER: open } },
  );
  expect(output).toMatch(/ERR_PMEM_PERMISSION .*mode 700.*NODEMM_KEEPER_FOLDER/u);
  expect(statSync(open).mode & 0o777).toBe(0o755);
});
