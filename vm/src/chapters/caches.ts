import type { Chapter } from "../lab.ts";
import { own } from "../suites.ts";
import { runTests } from "../vitest.ts";
import { startWithBothMedia } from "./both-media.ts";

/** What the platform may save when power fails, in the emulator's words and in a region's. */
const domains = [
  { persistence: "cpu", domain: "cpu-cache" },
  { persistence: "mem-ctrl", domain: "memory-controller" },
  { persistence: undefined, domain: "unreported" },
] as const;

/** How caches are written back: not at all where the platform saves them, by lines, or all at once. */
export const cachesChapter: Chapter = {
  name: "caches",
  title: "persistence domains, and the kernel module that writes back all caches",
  async run(lab) {
    const short = lab.options.form === "short";
    for (const { persistence, domain } of domains) {
      // It is treated as the memory controller's, which is what the machines of the other chapters report.
      if (short && persistence === undefined) continue;
      // The module writes back the caches of all processors; the rest needs one only.
      const processors = domain === "memory-controller" ? lab.processors : 1;
      const { machine, env: media } = await startWithBothMedia(lab, { persistence, processors });
      const module = domain === "memory-controller" ? lab.buildKernelModule() : "";
      const env = { ...media, NODEMM_VM_DOMAIN: domain, NODEMM_VM_KMOD: module };
      const more = domain === "memory-controller" ? ["wbinvd"] : [];
      await runTests(lab, machine, [own("domain", ...more)], env);
      await machine.powerOff();
    }
  },
};
