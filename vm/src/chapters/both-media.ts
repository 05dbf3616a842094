import type { Lab } from "../lab.ts";
import type { Machine, MachineOptions } from "../machine/machine.ts";
import { findModules, makeDevice, makeFileSystem, mountFileSystem } from "../media.ts";

const fileSystemMiB = 64;
/** Small, because opening flushes all of it. */
const deviceMiB = 16;

export interface BothMedia {
  readonly machine: Machine;
  /** What tests find them by. */
  readonly env: Readonly<Record<"TMPDIR" | "NODEMM_VM_DISK" | "NODEMM_VM_DEVICES", string>>;
}

/** Starts a machine with an empty ext4 with DAX and a DAX device. */
export async function startWithBothMedia(
  lab: Lab,
  options: Pick<MachineOptions, "persistence" | "processors">,
): Promise<BothMedia> {
  const machine = await lab.start({ ...options, modules: [lab.module(fileSystemMiB), lab.module(deviceMiB)] });
  const [region, deviceRegion] = await findModules(machine);
  await makeFileSystem(machine, region, "ext4");
  const TMPDIR = await mountFileSystem(machine, region, "ext4", true);
  const NODEMM_VM_DEVICES = await makeDevice(machine, deviceRegion);
  return { machine, env: { TMPDIR, NODEMM_VM_DISK: `/dev/pmem${region}`, NODEMM_VM_DEVICES } };
}
