import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import { memfd } from "../src/index.ts";
import { findKeeper, listKeepers, type Keeper } from "../src/keeper/keepers.ts";
import { startKeeper } from "../src/keeper/start.ts";
import { stopKeeper } from "../src/keeper/stop.ts";
import { readUsage } from "../src/keeper/usage.ts";
import { hold, kill, run, useOwnKeepers } from "./support/programs.ts";

const place = useOwnKeepers();
const name = "kept";

beforeEach(() => {
  for (const keeper of listKeepers()) stopKeeper(keeper);
});

function start(size: number | string = 4096): Keeper {
  memfd({ name, size }).close();
  return findKeeper(name)!;
}

/** Shared memory of the whole machine, in bytes. */
function sharedMemory(): number {
  return (
    Number(/^Shmem: +(?<kilobytes>\d+)/mu.exec(readFileSync("/proc/meminfo", "utf8"))!.groups!["kilobytes"]) * 1024
  );
}

test("a keeper is small, in a session of its own, and holds the memory and nothing else", () => {
  const { processId, descriptorPath } = start();
  const held = readdirSync(`/proc/${processId}/fd`).map((each) => readlinkSync(`/proc/${processId}/fd/${each}`));
  expect(held.filter((each) => each !== "/dev/null")).toEqual([expect.stringMatching(/^\/memfd:nodemm:kept:/u)]);
  const facts = readFileSync(`/proc/${processId}/smaps_rollup`, "utf8");
  expect(Number(/^Pss: +(?<kilobytes>\d+)/mu.exec(facts)!.groups!["kilobytes"])).toBeLessThan(1024);
  const session = readFileSync(`/proc/${processId}/stat`, "utf8").split(") ")[1].split(" ")[3];
  expect(Number(session)).toBe(processId);
  expect(readlinkSync(`/proc/${processId}/cwd`)).toBe("/");
  expect(statSync(descriptorPath).mode & 0o777).toBe(0o600);
  expect(statSync(place.folder).mode & 0o777).toBe(0o700);
});

test("it survives the end of the process group that started it", async () => {
  const starter = spawn(
    "sh",
    [
      "-c",
      `exec "$0" --input-type=module -e "$1"`,
      process.execPath,
      `import { memfd } from "@nodemm/emulator";
      memfd({ name: "${name}", size: 4096 }); console.log("started"); setInterval(() => {}, 1000);`,
    ],
    { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "inherit"], detached: true },
  );
  await once(starter.stdout, "data");
  process.kill(-starter.pid!, "SIGKILL");
  await once(starter, "exit");
  expect(findKeeper(name)).toMatchObject({ name, pages: "base" });
});

test("a pipe that its starter had inherited is closed when the starter ends", async () => {
  const unmarked = 200;
  const stdio = Array.from({ length: unmarked + 1 }, (_, index) => (index === unmarked ? "pipe" : "ignore") as "pipe");
  const program = `import { memfd } from "@nodemm/emulator"; memfd({ name: "${name}", size: 4096 });`;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", program], {
    cwd: import.meta.dirname,
    stdio,
  });
  const pipe = starter.stdio[unmarked as 3] as NodeJS.ReadableStream;
  pipe.resume();
  await once(pipe, "end");
  expect(findKeeper(name)).toMatchObject({ name, pages: "base" });
});

test("stopping one gives its memory back and leaves nothing", async () => {
  const bytes = 256 * 2 ** 20;
  const keeper = start(bytes);
  const before = sharedMemory();
  stopKeeper(keeper);
  // The kernel takes the pages back a moment after the process has gone; other programs share the figure.
  await expect.poll(() => before - sharedMemory(), { timeout: 10_000 }).toBeGreaterThan(bytes * 0.7);
  expect(existsSync(`/proc/${keeper.processId}/fd/3`)).toBe(false);
  expect(readdirSync(place.folder)).toEqual([".lock"]);
  expect(listKeepers()).toEqual([]);
});

test("one that is suspended is stopped all the same", () => {
  const keeper = start();
  process.kill(keeper.processId, "SIGSTOP");
  stopKeeper(keeper);
  expect(listKeepers()).toEqual([]);
});

test("a program that is killed while it makes a memory leaves a whole one or none", async () => {
  const size = 8 * 2 ** 20;
  for (let round = 0; round < 12; round++) {
    const maker = await hold(`
      console.log("ready");
      memfd({ name: "${name}", size: ${size} });`);
    await sleep(3 * round);
    await kill(maker);
    const kept = listKeepers();
    expect(kept.length).toBeLessThanOrEqual(1);
    for (const keeper of kept) expect(readUsage(keeper)).toEqual({ sizeBytes: size, inUse: false });
    const region = memfd({ name, size });
    expect(region.length).toBe(size);
    // A keeper whose maker was killed as it started it may come to light only now.
    if (kept.length > 0) expect(region.created).toBe(false);
    region.close();
    stopKeeper(findKeeper(name)!);
  }
});

test("its memory is told to be in use exactly while a region over it is open", async () => {
  const keeper = start(10_000);
  expect(readUsage(keeper)).toEqual({ sizeBytes: 10_000, inUse: false });
  const holder = await hold(`memfd({ name: "${name}" }); console.log("held");`);
  expect(readUsage(keeper)?.inUse).toBe(true);
  await kill(holder);
  expect(readUsage(keeper)?.inUse).toBe(false);
});

test("a keeper that ends while somebody looks at it is one that is not there", () => {
  const keeper = start();
  stopKeeper(keeper);
  expect(readUsage(keeper)).toBeUndefined();
});

test("of two keepers of a name the newer one is found where the link to it is lost", async () => {
  const older = startKeeper({ name, size: 4096, hugePages: false, mapping: {} });
  await sleep(5);
  const newer = startKeeper({ name, size: 8192, hugePages: false, mapping: {} });
  rmSync(`${place.folder}/${name}`);
  expect(findKeeper(name)).toEqual(newer);
  expect(listKeepers()).toEqual([older, newer]);
});

test("where there is no sleep, Node keeps it", () => {
  run(`memfd({ name: "${name}", size: 4096 }).close();`, { env: { ...process.env, PATH: "/nowhere" } });
  const { processId } = findKeeper(name)!;
  expect(readlinkSync(`/proc/${processId}/exe`)).toBe(readlinkSync("/proc/self/exe"));
  memfd({ name }).close();
});

/** Some user that is not this one and may run Node and read this package. */
const other = 65_534;
const canBeOther =
  process.getuid!() === 0 &&
  spawnSync(process.execPath, ["-e", "process.chdir('support')"], { cwd: import.meta.dirname, uid: other, gid: other })
    .status === 0;

test.runIf(canBeOther)("users do not see each other's, and names do not clash", () => {
  const { NODEMM_KEEPER_FOLDER: _ours, ...usual } = process.env;
  const shared = `shared-${process.pid}`;
  const [ourRuntime, theirRuntime] = [mkdtempSync(`${place.folder}-ours-`), mkdtempSync(`${place.folder}-theirs-`)];
  chownSync(theirRuntime, other, other);
  const env = { ...usual, XDG_RUNTIME_DIR: ourRuntime };
  const asOther = (program: string): string =>
    run(program, { uid: other, gid: other, env: { ...usual, XDG_RUNTIME_DIR: theirRuntime } }).output;
  const ours = run(`console.log(memfd({ name: "${shared}", size: 4096 }).keeperProcessId);`, { env }).output.trim();
  try {
    const look = `try { memfd({ name: "${shared}" }); } catch (error) { console.log(error.code); }`;
    expect(asOther(look)).toBe("ERR_PMEM_NOT_FOUND\n");
    const peek = `import { openSync } from "node:fs";
      try { openSync("/proc/${ours}/fd/3", "r"); } catch (error) { console.log(error.code); }`;
    expect(asOther(peek)).toBe("EACCES\n");
    const theirs = asOther(`const region = memfd({ name: "${shared}", size: 8192 });
      console.log(region.created, region.keeperProcessId);`);
    const [, processId] = /^true (?<processId>\d+)\n$/u.exec(theirs)!;
    try {
      const found = run(`const region = memfd({ name: "${shared}" }); console.log(region.length);`, { env }).output;
      expect(found).toBe("4096\n");
    } finally {
      process.kill(Number(processId), "SIGKILL");
    }
  } finally {
    process.kill(Number(ours), "SIGKILL");
    for (const runtime of [ourRuntime, theirRuntime]) rmSync(runtime, { recursive: true });
  }
});
