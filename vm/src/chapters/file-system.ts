import type { Chapter } from "../lab.ts";
import { findModules, makeFileSystem, mountFileSystem, type FileSystem } from "../media.ts";
import { own, suites } from "../suites.ts";
import { runTests } from "../vitest.ts";

/** A file system large enough for `mkfs.xfs`. */
const moduleMiB = 512;
/** Tests beside each other hold files of 768 MiB in memory. */
const memoryMiB = 4096;

interface Settings {
  readonly dax: boolean;
  /** Whether the short form runs more here than the tests of what the kernel grants. */
  readonly short: boolean;
}

/** The packages' own tests on a file system over persistent memory, and what the kernel really granted there. */
export function fileSystemChapter(name: string, fileSystem: FileSystem, { dax, short }: Settings): Chapter {
  const inShort = suites.filter(({ short: files }) => files.length > 0);
  const shortSuites = inShort.map(({ folder, short: files }) => ({ folder, files }));
  return {
    name,
    title: `${fileSystem} ${dax ? "with DAX" : "without DAX on the same device"}`,
    async run(lab) {
      const machine = await lab.start({ modules: [lab.module(moduleMiB)], processors: lab.processors, memoryMiB });
      const [region] = await findModules(machine);
      await makeFileSystem(machine, region, fileSystem);
      const folder = await mountFileSystem(machine, region, fileSystem, dax);
      const env = { TMPDIR: folder, NODEMM_VM_DAX: dax ? "always" : "never" };
      const isShort = lab.options.form === "short";
      if (isShort && !short) await runTests(lab, machine, [own("mapping")], env);
      else await runTests(lab, machine, [own("mapping", "region"), ...(isShort ? shortSuites : suites)], env);
      await machine.powerOff();
    },
  };
}
