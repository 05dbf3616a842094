import type { Chapter } from "../lab.ts";
import { findModules, makeFileSystem, mountFileSystem, type FileSystem } from "../media.ts";
import { own, suites } from "../suites.ts";
import { runTests } from "../vitest.ts";

/** A file system large enough for `mkfs.xfs`. */
const moduleMiB = 512;
/** Tests beside each other hold files of 768 MiB in memory. */
const memoryMiB = 4096;

/** The packages' own tests on a file system over persistent memory, and what the kernel really granted there. */
export function fileSystemChapter(
  name: string,
  fileSystem: FileSystem,
  {
    dax,
    short,
  }: { readonly dax: boolean; /** Whether the short form runs the packages' tests here. */ readonly short: boolean },
): Chapter {
  const inShort = short ? suites.filter(({ short: files }) => files.length > 0) : [];
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
      const others = lab.options.form === "short" ? shortSuites : suites;
      await runTests(lab, machine, [own("mapping", "region"), ...others], env);
      await machine.powerOff();
    },
  };
}
