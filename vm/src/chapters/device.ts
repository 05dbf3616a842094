import type { Chapter } from "../lab.ts";
import { findModules, makeDevice } from "../media.ts";
import { own } from "../suites.ts";
import { runTests } from "../vitest.ts";

/** A persistent-memory device without a file system. Small, because opening flushes all of it. */
const moduleMiB = 16;

/** The region contract on a DAX device, what only such a device does, and that its bytes outlive the machine. */
export const deviceChapter: Chapter = {
  name: "devdax",
  title: "a DAX device",
  async run(lab) {
    const modules = [lab.module(moduleMiB), lab.module(moduleMiB)];
    const first = await lab.start({ modules, processors: lab.processors });
    const regions = await findModules(first);
    const devices = [await makeDevice(first, regions[0]), await makeDevice(first, regions[1], "4K")];
    const env = { NODEMM_VM_DEVICES: devices.join(",") };
    await runTests(lab, first, [own("device")], env);
    await first.powerOff();
    // In the short form the power cuts show that a device's bytes outlive the machine.
    if (lab.options.form === "short") return;

    const second = await lab.start({ modules });
    await findModules(second);
    await runTests(lab, second, [own("restarted")], env);
    await second.powerOff();
  },
};
