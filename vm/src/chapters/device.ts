import type { Chapter } from "../lab.ts";
import { findModules, makeDevice } from "../media.ts";
import { own } from "../suites.ts";
import { runTests } from "../vitest.ts";

/** A persistent-memory device without a file system. Small, because opening flushes all of it. */
const moduleMiB = 32;

/** The region contract on a DAX device, what only such a device does, and that its bytes outlive the machine. */
export const deviceChapter: Chapter = {
  name: "devdax",
  title: "a DAX device",
  async run(lab) {
    const modules = [lab.module(moduleMiB), lab.module(moduleMiB)];
    const first = await lab.start({ modules });
    await findModules(first);
    const devices = [await makeDevice(first, 0), await makeDevice(first, 1)];
    const env = { NODEMM_VM_DEVICES: devices.join(",") };
    await runTests(lab, first, { folder: own, files: ["device"] }, env);
    await first.powerOff();

    const second = await lab.start({ modules });
    await findModules(second);
    await runTests(lab, second, { folder: own, files: ["restarted"] }, env);
    await second.powerOff();
  },
};
