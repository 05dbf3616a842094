import type { Chapter } from "../lab.ts";
import { findModules, makeFileSystem, mountFileSystem } from "../media.ts";
import { own } from "../suites.ts";
import { runTests } from "../vitest.ts";

const moduleMiB = 64;

/** Bad pages under a shelf: found, set aside, and left alone ever after, though a restarted kernel knows of none. */
export const asideChapter: Chapter = {
  name: "aside",
  title: "bad places of a shelf's medium, set aside for good",
  notInShort: true,
  async run(lab) {
    const modules = [lab.module(moduleMiB)];
    const first = await lab.start({ modules, processors: 1 });
    const [region] = await findModules(first);
    await makeFileSystem(first, region, "ext4");
    const TMPDIR = await mountFileSystem(first, region, "ext4", true);
    await runTests(lab, first, [own("set-aside")], { TMPDIR, NODEMM_VM_DISK: `/dev/pmem${region}` });
    await first.powerOff();

    const second = await lab.start({ modules, processors: 1 });
    const [again] = await findModules(second);
    await runTests(lab, second, [own("kept-aside")], { TMPDIR: await mountFileSystem(second, again, "ext4", true) });
    await second.powerOff();
  },
};
