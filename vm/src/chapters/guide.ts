import { dirname, join } from "node:path";
import { guidePath, readGuide, type Commands, type GuideMachine } from "../guide.ts";
import type { Chapter, Lab } from "../lab.ts";
import type { Machine } from "../machine/machine.ts";
import { repository } from "../paths.ts";

/** Enough for `mkfs.xfs` on the first. */
const moduleMiB = { fileSystem: 512, device: 32 };
const virtioMiB = 64;

/** Runs every command of the guide that a machine can run, in its order. */
export const guideChapter: Chapter = {
  name: "guide",
  title: "the commands of the guide",
  async run(lab) {
    const { blocks, kernelParameters } = readGuide();
    const programs = blocks.filter((block) => block.kind === "program");
    const commands = blocks.filter((block) => block.kind === "commands");
    const start: Record<GuideMachine, () => Promise<Machine>> = {
      guest: async () => startWithModules(lab),
      memmap: async () => startWithout(lab, kernelParameters),
    };
    for (const [name, boot] of Object.entries(start)) {
      const machine = await boot();
      for (const { name: file, text } of programs) {
        // In a folder whose programs find the packages.
        await machine.must(["sh", "-c", 'printf %s "$1" > "$2"', "sh", text, join(workFolder, file)]);
      }
      for (const each of commands) if (each.machine === name) await runCommands(lab, machine, each);
      await machine.cutPower();
    }
    for (const { machine, line, reason, script } of commands) {
      if (machine === "not-run") lab.say(`not run, line ${line}: ${script.split("\n", 1)[0]} (${reason})`);
    }
  },
};

const workFolder = join(repository, "vm");

async function startWithModules(lab: Lab): Promise<Machine> {
  const modules = [lab.module(moduleMiB.fileSystem), lab.module(moduleMiB.device)];
  // The guide's names count from the first module on, the kernel's from the last.
  const machine = await lab.start({ modules: modules.toReversed(), processors: 1 });
  // As on every Debian; the machines have none, so that nothing but a test changes their devices.
  await machine.must(["/lib/systemd/systemd-udevd", "--daemon"]);
  return machine;
}

async function startWithout(lab: Lab, kernelArguments: readonly string[]): Promise<Machine> {
  const { path } = lab.module(virtioMiB);
  const emulatorArguments = [
    ...["-object", `memory-backend-file,id=virtio,share=on,mem-path=${path},size=${virtioMiB}M`],
    ...["-device", "virtio-pmem-pci,memdev=virtio,id=virtiomemory"],
  ];
  return lab.start({ modules: [], processors: 1, kernelArguments, emulatorArguments });
}

async function runCommands(lab: Lab, machine: Machine, { line, script, output }: Commands): Promise<void> {
  const [first] = script.split("\n", 1);
  await lab.check(`${guidePath}, line ${line}: ${first}`, async () => {
    const printed = await machine.must(["sh", "-exc", script], { cwd: workFolder, env });
    for (const expected of output) {
      if (!printed.includes(expected)) throw new Error(`it did not print "${expected}", but:\n${printed}`);
    }
  });
}

const path = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin`;
/** udevadm does nothing in a changed root, which is what the machines' programs work in. */
const env = { PATH: path, SYSTEMD_IGNORE_CHROOT: "1" };
