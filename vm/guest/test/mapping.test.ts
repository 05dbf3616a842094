import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mapFile } from "@nodemm/pmem-native";
import { openShelf } from "@nodemm/shelf";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Whether the file system of the temporary folder was mounted with DAX. */
const dax = process.env["NODEMM_VM_DAX"] === "always";
const granularity = dax ? "cache-line" : "page";
const repository = join(import.meta.dirname, "../../..");

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mapping-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The flags that the kernel reports for this process's mapping of a file. */
function mappingFlags(path: string): string[] {
  const blocks = readFileSync("/proc/self/smaps", "utf8").split(/^(?=[\da-f]+-[\da-f]+ )/mu);
  // The path will not do: a file that got its name after its creation is listed as deleted.
  const inode = String(statSync(path).ino);
  const ours = blocks.filter((block) => block.split("\n", 1)[0].split(/ +/u)[4] === inode);
  expect(ours).toHaveLength(1);
  return /^VmFlags: (?<flags>.*)$/mu.exec(ours[0])!.groups!["flags"].trim().split(" ");
}

test(`the kernel ${dax ? "granted MAP_SYNC" : "did not grant MAP_SYNC"}, and the region says so`, () => {
  const path = join(folder, "mapped");
  using region = mapFile(path, { mode: "create", size: 1 << 20 });
  expect(region.granularity).toBe(granularity);
  expect(region.durability.survives).toBe("power-failure");
  expect(region.instructions.flush).toBe(dax ? "clwb" : "msync");
  expect(region.persistenceDomain).toBe("memory-controller");
  const flags = mappingFlags(path);
  expect(flags).toContain("sh");
  // "sf": the fault of each page is synchronous, so the file's metadata is durable before the page can be stored to.
  expect(flags.includes("sf")).toBe(dax);
});

test("a shelf takes the granularity of the medium", () => {
  using shelf = openShelf(join(folder, "shelf"), { size: "4 MiB" });
  expect(shelf.granularity).toBe(granularity);
  expect(shelf.durability.survives).toBe("power-failure");
});

test(`the work of a shelf ${dax ? "syncs nothing, neither pages nor files" : "syncs pages"}`, () => {
  const spy = join(folder, "sync-spy.so");
  const log = join(folder, "log");
  const source = join(repository, "packages/pmem-native/test/support/sync-spy.c");
  execFileSync("gcc", ["-shared", "-fPIC", "-o", spy, source]);
  const program = join(import.meta.dirname, "../../dist/guest/shelf-work.js");
  const { status, stderr, stdout } = spawnSync(process.execPath, [program, join(folder, "worked"), log], {
    env: { ...process.env, LD_PRELOAD: spy, NODEMM_TEST_SYNC_LOG: log },
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  const commits = Number(stdout);
  expect(commits).toBe(300);
  const [, duringWork] = readFileSync(log, "utf8").split("# work\n");
  const syncs = duringWork.split("\n").filter((line) => line !== "");
  // Without DAX the very same work is seen, so the spy would have seen it here too.
  expect(syncs.filter((line) => line.startsWith("msync")).length).toSatisfy((count: number) =>
    dax ? count === 0 : count >= commits,
  );
  expect(syncs.filter((line) => !line.startsWith("msync"))).toEqual([]);
  expect(statSync(log).size).toBeGreaterThan("# work\n".length);
});
