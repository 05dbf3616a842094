import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";

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

test("a user without the right is refused, and nothing is written back", () => {
  const before = completed();
  const { status, stderr } = spawnSync(asUser[0], [...asUser.slice(1), "cat", file], { encoding: "utf8" });
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/Permission denied/u);
  expect(completed()).toBe(before + 1);
});

test("unloading takes the file away", () => {
  execFileSync("rmmod", ["nodemm_wbinvd"]);
  expect(existsSync(file)).toBe(false);
});
