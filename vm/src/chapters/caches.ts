import type { Chapter } from "../lab.ts";
import { findModules, makeDevice, makeFileSystem, mountFileSystem } from "../media.ts";
import { own } from "../suites.ts";
import { runTests } from "../vitest.ts";

const fileSystemMiB = 64;
const deviceMiB = 16;

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
      // The other chapters' machines say "memory controller", and know what to do where nothing is said.
      if (short && persistence === undefined) continue;
      const modules = [lab.module(fileSystemMiB), lab.module(deviceMiB)];
      // The module writes back the caches of several processors, the rest boots faster with one.
      const processors = domain === "memory-controller" ? 2 : 1;
      const machine = await lab.start({ modules, persistence, processors });
      const [region, deviceRegion] = await findModules(machine);
      await makeFileSystem(machine, region, "ext4");
      const TMPDIR = await mountFileSystem(machine, region, "ext4", true);
      const env = {
        TMPDIR,
        NODEMM_VM_DEVICES: await makeDevice(machine, deviceRegion),
        NODEMM_VM_DOMAIN: domain,
        NODEMM_VM_KMOD: domain === "memory-controller" ? lab.buildKernelModule() : "",
      };
      const more = domain === "memory-controller" ? ["wbinvd"] : [];
      await runTests(lab, machine, [own("domain", ...more)], env);
      await machine.powerOff();
    }
  },
};
