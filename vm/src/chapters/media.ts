import type { Chapter } from "../lab.ts";
import { own } from "../suites.ts";
import { runTests } from "../vitest.ts";
import { startWithBothMedia } from "./both-media.ts";

/** Memory that fails: bad blocks, errors that the kernel finds, and power that went before everything was saved. */
export const mediaChapter: Chapter = {
  name: "media",
  title: "media errors and unsafe shutdowns",
  async run(lab) {
    const { machine, env } = await startWithBothMedia(lab, { processors: 1 });
    await machine.shell("modprobe hwpoison_inject && mount -t debugfs debugfs /sys/kernel/debug");
    // The errors come last: there is no way back from them but a restart.
    await runTests(lab, machine, [own("shutdown")], env);
    await runTests(lab, machine, [own("media")], env);
    await machine.cutPower();
  },
};
