import type { Chapter } from "../lab.ts";
import { findModules, makeFileSystem } from "../media.ts";
import { own } from "../suites.ts";
import { runTests } from "../vitest.ts";

const moduleMiB = 64;

/** A file system that becomes read-only under a writer, and a disk that refuses to store. */
export const failingChapter: Chapter = {
  name: "failing",
  title: "file systems and disks that fail under a writer",
  notInShort: true,
  async run(lab) {
    const machine = await lab.start({ modules: [lab.module(moduleMiB)], processors: 1 });
    const [region] = await findModules(machine);
    await makeFileSystem(machine, region, "ext4");
    const env = { NODEMM_VM_DISK: `/dev/pmem${region}`, NODEMM_VM_NAMESPACE: `namespace${region}.0` };
    await runTests(lab, machine, [own("failing-disk")], env);
    await machine.powerOff();
  },
};
