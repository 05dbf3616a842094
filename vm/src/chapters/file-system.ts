import type { Chapter } from "../lab.ts";
import { findModules, makeFileSystem, mountFileSystem, type FileSystem } from "../media.ts";
import { own, shortSuites, suites } from "../suites.ts";
import { runTests } from "../vitest.ts";

/** A file system large enough for `mkfs.xfs`. */
const moduleMiB = 512;

/** The packages' own tests on a file system over persistent memory, and what the kernel really granted there. */
export function fileSystemChapter(
  name: string,
  fileSystem: FileSystem,
  {
    dax,
    short,
  }: { readonly dax: boolean; /** Whether the short form runs few suites here. */ readonly short: boolean },
): Chapter {
  return {
    name,
    title: `${fileSystem} ${dax ? "with DAX" : "without DAX on the same device"}`,
    async run(lab) {
      const machine = await lab.start({ modules: [lab.module(moduleMiB)] });
      await findModules(machine);
      await makeFileSystem(machine, 0, fileSystem);
      const folder = await mountFileSystem(machine, 0, fileSystem, dax);
      const env = { TMPDIR: folder, NODEMM_VM_DAX: dax ? "always" : "never" };
      await runTests(lab, machine, { folder: own, files: ["mapping", "region"] }, env);
      for (const suite of short && lab.options.form === "short" ? shortSuites : suites) {
        await runTests(lab, machine, suite, env);
        lab.say(`${suite.folder} done`);
      }
      await machine.powerOff();
    },
  };
}
