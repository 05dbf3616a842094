import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import { freshFolder } from "./folders.ts";

export interface FakeDevice {
  /** A character device that maps zeros, as the kernel's `/dev/zero` does: stores are seen until it is closed. */
  readonly path: string;
  /** The tree that says it is a DAX device. */
  readonly root: string;
  /** Its folder in that tree. */
  readonly folder: string;
}

export interface FakeFacts {
  readonly size?: string;
  readonly align?: string;
  /** What the memory's region reports; `null` for a device that lies on no such region. */
  readonly domain?: string | null;
  readonly subsystem?: string;
}

/** Another node of the device of `/dev/zero`, so that locks are this test's own; that one itself where none can be made. */
export function zeroNode(): string {
  const path = join(freshFolder(), "dax0.0");
  if (spawnSync("mknod", [path, "c", "1", "5"]).status !== 0) return "/dev/zero";
  try {
    closeSync(openSync(path, "r+"));
    return path;
  } catch {
    return "/dev/zero";
  }
}

/** Lays out what the kernel's tree holds for a DAX device, with `/dev/zero` in its place, and has it looked at. */
export function fakeDevice(facts: FakeFacts = {}): FakeDevice {
  const { size = "8388608", align = "2097152", domain = "memory_controller", subsystem = "dax" } = facts;
  const root = freshFolder();
  const region = join(root, "devices", domain === null ? "hmem0" : "ndbus0/region0");
  const folder = join(region, "dax0.1/dax0.0");
  for (const each of [folder, join(root, `bus/${subsystem}`), join(root, "bus/nd"), join(root, "dev/char")]) {
    mkdirSync(each, { recursive: true });
  }
  if (domain !== null) {
    symlinkSync("../../../bus/nd", join(region, "subsystem"));
    if (domain !== "") writeFileSync(join(region, "persistence_domain"), `${domain}\n`);
  }
  symlinkSync(join(root, `bus/${subsystem}`), join(folder, "subsystem"));
  if (size !== "") writeFileSync(join(folder, "size"), `${size}\n`);
  if (align !== "") writeFileSync(join(folder, "align"), `${align}\n`);
  symlinkSync(folder, join(root, "dev/char/1:5"));
  vi.stubEnv("NODEMM_SYSFS_ROOT", root);
  return { path: zeroNode(), root, folder };
}
