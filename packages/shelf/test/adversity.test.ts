/** What machines and their owners do to a shelf: nothing that was committed is lost, and every error has its type. */
import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { readdirSync, readFileSync, readlinkSync, truncateSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { PmemError } from "@nodemm/pmem-native";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { checkShelf, openReader, openShelf, ShelfError } from "../src/index.ts";
import { runScript } from "./support/child.ts";
import { freshFolder, freshPath } from "./support/folders.ts";
import { ShelfProcess } from "./support/shelf-process.ts";
import { thrownBy } from "./support/thrown.ts";

const hasCompiler = process.platform === "linux" && spawnSync("cc", ["--version"]).status === 0;
let path: string;

interface Outcome {
  readonly last: number;
  readonly code: string | null;
  readonly again: string | null;
}

/** The environment in which a system call fails after some calls. */
function failing(call: string, error: number, after: number): Record<string, string> {
  const library = join(freshFolder(), "failing-calls.so");
  const source = join(import.meta.dirname, "support/failing-calls.c");
  expect(spawnSync("cc", ["-shared", "-fPIC", "-o", library, source, "-ldl"]).stderr.toString()).toBe("");
  return {
    ...{ LD_PRELOAD: library, NODEMM_FORCE_GRANULARITY: "page" },
    ...{ FAILING_CALL: call, FAILING_ERROR: String(error), FAILING_AFTER: String(after) },
  };
}

/** Runs until a system call fails, which it does after some calls. */
function runUntil(call: string, error: number, after: number, verb: string): Outcome {
  const program = join(import.meta.dirname, "support/until-failure.mjs");
  const env = { ...process.env, ...failing(call, error, after) };
  const { stdout, stderr } = spawnSync(process.execPath, [program, path, verb], { env, encoding: "utf8" });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Outcome;
}

beforeEach(() => {
  path = freshPath();
  openShelf(path, { size: "256 KiB" }).set("count", 0).close();
});

test.skipIf(!hasCompiler).each([
  ["EIO", 3],
  ["EIO", 20],
  ["EROFS", 41],
  ["ENOSPC", 30],
  ["EDQUOT", 10],
] as const)("%s of a sync, after %i syncs, ends writing for good, and what was committed is there", (error, after) => {
  const { last, code, again } = runUntil("msync", constants.errno[error], after, "set");
  expect([code, again]).toStrictEqual(["ERR_PMEM_SYNC_FAILED", "ERR_PMEM_SYNC_FAILED"]);
  expect(last).toBeGreaterThan(0);
  expect(checkShelf(path).ok).toBe(true);
  using shelf = openShelf(path);
  expect([last, last + 1]).toContain(shelf.get("count"));
});

test.skipIf(!hasCompiler).each(["EDQUOT", "ENOSPC"] as const)(
  "%s while growing is told, changes nothing, and work goes on",
  (error) => {
    const { last, code, again } = runUntil("fallocate", constants.errno[error], 5, "grow");
    expect([code, again]).toStrictEqual(["ERR_PMEM_NO_SPACE", null]);
    expect(last).toBeGreaterThan(0);
    using shelf = openShelf(path);
    expect([shelf.get("count"), shelf.get("after")]).toStrictEqual([last, 1]);
    expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
  },
);

test.skipIf(!hasCompiler).each(["EDQUOT", "ENOSPC", "EIO"] as const)(
  "%s while a shelf is made leaves no file behind",
  (error) => {
    const fresh = freshPath();
    const env = Object.entries(failing("fallocate", constants.errno[error], 0)).map(
      ([name, value]) => `${name}=${value}`,
    );
    const { reports } = runScript("open-once.mjs", [fresh, JSON.stringify({ size: "1 MiB" })], ["env", ...env]);
    const code = error === "EIO" ? "ERR_PMEM_SYSTEM" : "ERR_PMEM_NO_SPACE";
    expect(reports).toMatchObject([{ name: "PmemError", code }]);
    expect(readdirSync(dirname(fresh))).toStrictEqual([]);
  },
);

test("a file that somebody removes under a writer serves it to its end, and nobody else", () => {
  const shelf = openShelf(path);
  unlinkSync(path);
  shelf.set("count", 5).set("bytes", new Uint8Array(1000).fill(5));
  expect(shelf.check({ data: true })).toMatchObject({ ok: true });
  expect(thrownBy(() => openShelf(path), PmemError).code).toBe("ERR_PMEM_NOT_FOUND");
  using other = openShelf(path, { size: "128 KiB" });
  expect(other.uuid).not.toBe(shelf.uuid);
  expect([shelf.get("count"), other.get("count")]).toStrictEqual([5, undefined]);
  shelf.close();
});

test("a file that another process cuts under an open shelf gives typed errors, and is refused afterwards", () => {
  const shelf = openShelf(path);
  shelf.set("bytes", new Uint8Array(100_000));
  truncateSync(path, 8192);
  expect(() => {
    for (let round = 0; round < 1000; round++) shelf.set("count", round);
  }).toThrow(PmemError);
  expect(thrownBy(() => shelf.set("count", 1), PmemError).code).toBe("ERR_PMEM_FAULT");
  shelf.close();
  expect(thrownBy(() => openShelf(path), ShelfError)).toMatchObject({
    code: "ERR_SHELF_CORRUPT",
    structure: "superblock",
  });
  expect(checkShelf(path).ok).toBe(false);
});

test("a writer that is stopped keeps its lock, and goes on where it was", async () => {
  const writer = await ShelfProcess.start("writer", path);
  void writer.ask("churn", 1).catch(() => undefined);
  using reader = openReader(path);
  while (((reader.get("count") as number | undefined) ?? 0) < 3) reader.refresh();
  await writer.kill("SIGSTOP");
  expect(thrownBy(() => openShelf(path), PmemError).code).toBe("ERR_PMEM_LOCKED");
  reader.refresh();
  const stopped = reader.get("count") as number;
  await writer.kill("SIGCONT");
  while ((reader.get("count") as number) <= stopped) reader.refresh();
  await writer.kill();
  using shelf = openShelf(path);
  expect(shelf.get("count")).toBeGreaterThan(stopped);
  expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
});

test("a reader that is stopped keeps what it looks at, and the writer waits for nobody", async () => {
  const bytes = new Uint8Array(50_000).fill(7);
  const shelf = openShelf(path).set("bytes", bytes);
  const reader = await ShelfProcess.start("reader", path);
  await reader.kill("SIGSTOP");
  shelf.delete("bytes");
  expect(() => {
    for (let index = 0; index < 100; index++) shelf.set(`other ${index}`, new Uint8Array(10_000).fill(1));
  }).toThrow(expect.objectContaining({ code: "ERR_SHELF_NO_SPACE" }) as ShelfError);
  expect(shelf.set("count", 1).get("count")).toBe(1);
  await reader.kill("SIGCONT");
  expect(await reader.ask("sum", "bytes")).toBe(String(7 * bytes.length));
  await reader.ask("refresh");
  expect(await reader.ask("get", "count")).toBe("1");
  shelf.set("fits now", bytes).close();
  expect(checkShelf(path)).toMatchObject({ ok: true, findings: [] });
});

test.runIf(process.platform === "linux")(
  "a child process has neither the lock nor the bytes of a shelf that its parent had open",
  () => {
    const shelf = openShelf(path);
    const bytes = shelf.set("bytes", new Uint8Array(5000).fill(3)).get("bytes") as Uint8Array;
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    onTestFinished(() => void child.kill());
    const folder = `/proc/${child.pid}`;
    expect(readFileSync(`${folder}/maps`, "utf8")).not.toContain(path);
    for (const each of readdirSync(`${folder}/fd`)) expect(readlinkSync(`${folder}/fd/${each}`)).not.toContain(path);
    expect(bytes[0]).toBe(3);
    shelf.close();
    openShelf(path).set("count", 2).close();
    expect(child.exitCode).toBe(null);
  },
);

test("a clock that jumps, to the past and before 1970, loses and mixes nothing", () => {
  const shelf = openShelf(path);
  const times = [Date.UTC(2100, 0, 1), Date.UTC(1999, 0, 1), 0, -5000, 8.64e15];
  for (const [index, time] of times.entries()) {
    vi.spyOn(Date, "now").mockReturnValue(time);
    shelf.set("count", index).set(`v${index}`, new Uint8Array(100).fill(index));
  }
  vi.restoreAllMocks();
  shelf.close();
  expect(checkShelf(path)).toMatchObject({ ok: true, findings: [] });
  using again = openShelf(path);
  expect([again.get("count"), again.info("count")?.version]).toStrictEqual([times.length - 1, times.length + 1]);
  for (const index of times.keys()) expect(again.get(`v${index}`)).toStrictEqual(new Uint8Array(100).fill(index));
});
