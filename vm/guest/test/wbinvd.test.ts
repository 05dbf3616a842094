import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mapFile, type MappedFile } from "@nodemm/pmem-native";
import { afterAll, afterEach, expect, test, vi } from "vitest";

/** The module, built for the kernel that runs here. */
const module = process.env["NODEMM_VM_KMOD"]!;
const file = "/proc/wbinvd";
const asUser = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"];

function completed(): number {
  const line = readFileSync(file, "utf8");
  const figures = /^completed (?<count>\d+) processors (?<processors>\d+)\n$/u.exec(line)?.groups;
  expect(figures, line).toBeDefined();
  expect(Number(figures!["processors"])).toBe(Number(execFileSync("nproc", { encoding: "utf8" })));
  return Number(figures!["count"]);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(() => {
  spawnSync("rmmod", ["nodemm_wbinvd"]);
});

test("the module refuses a virtual machine, where the instruction may do nothing, unless it is told to trust it", () => {
  expect(existsSync(file)).toBe(false);
  const refused = spawnSync("insmod", [module], { encoding: "utf8" });
  expect(refused.status).not.toBe(0);
  expect(existsSync(file)).toBe(false);
  execFileSync("insmod", [module, "trust_hypervisor=1"]);
  expect(existsSync(file)).toBe(true);
});

test("each read writes the caches of all processors back and counts it", () => {
  const first = completed();
  expect(completed()).toBe(first + 1);
  expect(completed()).toBe(first + 2);
});

/** A file on the medium, mapped with the whole-cache write-back chosen from the first byte on, where it is to be had. */
function mapped(): MappedFile {
  vi.stubEnv("NODEMM_LARGE_PERSIST", "whole-cache");
  return mapFile(join(mkdtempSync(join(tmpdir(), "wbinvd-")), "mapped"), { mode: "create", size: 1 << 20 });
}

test("a large persist uses it: the count moves by one, and the bytes are there", () => {
  using region = mapped();
  expect(region.granularity).toBe("cache-line");
  expect(region.instructions.wholeCacheBytes).toBe(1);
  const before = completed();
  new Uint8Array(region.view(0, 1 << 20)).fill(7);
  region.persist(0, 1 << 20);
  // The read that asks is one more.
  expect(completed()).toBe(before + 2);
  expect(region.readSafely((1 << 20) - 1, 1)).toEqual(Uint8Array.of(7));
});

test("a user without the right persists by lines, and is not refused that", () => {
  const before = completed();
  const own = mkdtempSync(join(tmpdir(), "own-"));
  chmodSync(own, 0o777);
  const script = `import { mapFile } from "@nodemm/pmem-native";
    const region = mapFile(process.argv[1], { mode: "create", size: 1 << 20 });
    region.persist(0, 1 << 20);
    console.log(region.instructions.wholeCacheBytes, region.granularity);`;
  const [command, ...rest] = [...asUser, process.execPath, "--input-type=module", "-e", script, join(own, "file")];
  const output = execFileSync(command, rest, {
    cwd: import.meta.dirname,
    encoding: "utf8",
    env: { ...process.env, NODEMM_LARGE_PERSIST: "whole-cache" },
  });
  expect(output).toBe("Infinity cache-line\n");
  expect(completed()).toBe(before + 1);
});

test("a user without the right is refused, and nothing is written back", () => {
  const before = completed();
  const { status, stderr } = spawnSync(asUser[0], [...asUser.slice(1), "cat", file], { encoding: "utf8" });
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/Permission denied/u);
  expect(completed()).toBe(before + 1);
});

test("unloading takes the file away; a region that is open goes on by lines, and a later one begins so", () => {
  using open = mapped();
  execFileSync("rmmod", ["nodemm_wbinvd"]);
  expect(existsSync(file)).toBe(false);
  open.fill(0, 1 << 20, 3);
  open.persist(0, 1 << 20);
  expect(open.readSafely(0, 1)).toEqual(Uint8Array.of(3));
  using later = mapped();
  expect(later.instructions.wholeCacheBytes).toBe(Number.POSITIVE_INFINITY);
  later.persist(0, 1 << 20);
});
