import type { Chapter } from "../lab.ts";
import { findModules, makeDevice, makeFileSystem, mountFileSystem } from "../media.ts";
import { own } from "../suites.ts";
import { runTests } from "../vitest.ts";

const fileSystemMiB = 64;
const deviceMiB = 16;

/** Memory that fails: bad blocks, errors that the kernel finds, and power that went before everything was saved. */
export const mediaChapter: Chapter = {
  name: "media",
  title: "media errors and unsafe shutdowns",
  async run(lab) {
    const machine = await lab.start({ modules: [lab.module(fileSystemMiB), lab.module(deviceMiB)], processors: 1 });
    const [region, deviceRegion] = await findModules(machine);
    await makeFileSystem(machine, region, "ext4");
    const TMPDIR = await mountFileSystem(machine, region, "ext4", true);
    const device = await makeDevice(machine, deviceRegion);
    await machine.shell("modprobe hwpoison_inject && mount -t debugfs debugfs /sys/kernel/debug");
    const env = { TMPDIR, NODEMM_VM_DEVICES: device, NODEMM_VM_DISK: `/dev/pmem${region}` };
    // The errors come last: there is no way back from them but a restart.
    await runTests(lab, machine, [own("shutdown")], env);
    await runTests(lab, machine, [own("media")], env);
    await machine.cutPower();
  },
};
