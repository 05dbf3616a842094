import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { linkSync, symlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { mapFile, type MapFileOptions, type PmemError } from "../src/index.ts";
import { runScript, scriptPath } from "./support/child.ts";
import { freshPath } from "./support/folders.ts";

const locked = { name: "PmemError", code: "ERR_PMEM_LOCKED" };

test("a second opening in the same thread is ERR_PMEM_LOCKED and says what to do", () => {
  const path = freshPath();
  const region = mapFile(path, { mode: "create", size: 4096 });
  expect(() => mapFile(path)).toThrow(expect.objectContaining(locked) as PmemError);
  expect(() => mapFile(path)).toThrow(/close it there/u);
  expect(() => mapFile(path, { readOnly: true })).toThrow(expect.objectContaining(locked) as PmemError);
  region.persist(0, 64);
  region.close();
  mapFile(path).close();
});

test("the same file is recognised through a hard link and a symbolic link", () => {
  const path = freshPath();
  const region = mapFile(path, { mode: "create", size: 4096 });
  linkSync(path, `${path}.hard`);
  symlinkSync(path, `${path}.soft`);
  for (const other of [`${path}.hard`, `${path}.soft`]) {
    expect(() => mapFile(other)).toThrow(expect.objectContaining(locked) as PmemError);
  }
  region.close();
  mapFile(`${path}.soft`).close();
});

test("another process is refused while the region is open, and let in after close", () => {
  const path = freshPath();
  const region = mapFile(path, { mode: "create", size: 4096 });
  expect(runScript("open-once.mjs", [path]).reports).toEqual([expect.objectContaining(locked)]);
  region.close();
  expect(runScript("open-once.mjs", [path]).reports).toEqual([{ thrown: false, value: 4096 }]);
});

test("a worker thread is refused while the main thread has the file, and the other way round", async () => {
  const path = freshPath();
  const region = mapFile(path, { mode: "create", size: 4096 });
  const worker = new Worker(scriptPath("worker-holder.mjs"), { workerData: path });
  expect((await once(worker, "message"))[0]).toMatchObject(locked);
  region.close();
  worker.postMessage("again");
  expect((await once(worker, "message"))[0]).toMatchObject({ thrown: false });
  expect(() => mapFile(path)).toThrow(expect.objectContaining(locked) as PmemError);
  await worker.terminate();
  mapFile(path).close();
});

test("a worker that ends without closing gives the file back", async () => {
  const path = freshPath();
  mapFile(path, { mode: "create", size: 4096 }).close();
  for (let round = 0; round < 5; round++) {
    const worker = new Worker(scriptPath("worker-holder.mjs"), { workerData: path });
    expect((await once(worker, "message"))[0]).toMatchObject({ thrown: false });
    worker.postMessage("end");
    await once(worker, "exit");
    mapFile(path).close();
  }
});

test("kill -9 of the holder releases the lock, and what it stored is there", async () => {
  const path = freshPath();
  mapFile(path, { mode: "create", size: 4096 }).close();
  const holder = spawn(process.execPath, [scriptPath("hold-open.mjs"), path], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(createInterface(holder.stdout), "line")) as [string];
  expect(line).toBe("holding");
  expect(() => mapFile(path)).toThrow(expect.objectContaining(locked) as PmemError);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const region = mapFile(path);
  expect(new Uint8Array(region.view(0, 2))).toEqual(Uint8Array.of(11, 22));
  region.close();
});

test("a child process inherits neither a created file nor an opened one, nor their locks", async () => {
  const path = freshPath();
  const children: ChildProcess[] = [];
  for (const options of [{ mode: "create", size: 4096 }, { mode: "open" }] as MapFileOptions[]) {
    const region = mapFile(path, options);
    const sleeper = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(sleeper, "spawn");
    children.push(sleeper);
    region.close();
  }
  const again = mapFile(path);
  expect(children.map((child) => child.exitCode)).toEqual([null, null]);
  again.close();
  for (const child of children) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
