import { deepEqual, ok } from "node:assert/strict";
import type { Chapter } from "../lab.ts";
import { findModules, makeFileSystem, mountFileSystem } from "../media.ts";
import { guestProgram } from "../paths.ts";

const memoryMiB = 640;
const shelfMiB = 1664;
const moduleMiB = 2176;
/** Of the process: what Node takes by itself, and room for its garbage. */
const anonymousBytesMax: number = 200 * 2 ** 20;

interface Outcome {
  readonly memoryBytes: number;
  readonly dataBytes: number;
  readonly anonymousBytes: number;
  readonly wrong: number;
  readonly ok: boolean;
  readonly findings: readonly unknown[];
}

/** A shelf in the page cache of a machine that has a third of its memory: pages must go for others to come. */
export const largeChapter: Chapter = {
  name: "large",
  title: "a shelf larger than the machine's memory",
  notInShort: true,
  async run(lab) {
    const machine = await lab.start({ modules: [lab.module(moduleMiB)], memoryMiB });
    const [region] = await findModules(machine);
    await makeFileSystem(machine, region, "ext4");
    const folder = await mountFileSystem(machine, region, "ext4", false);
    await lab.check(
      "a shelf of three times the machine's memory is filled, changed, opened again and read",
      async () => {
        const program = guestProgram("larger-than-memory");
        const text = await machine.must([process.execPath, program, `${folder}/large.shelf`, String(shelfMiB)]);
        const { memoryBytes, dataBytes, anonymousBytes, ...found } = JSON.parse(text) as Outcome;
        lab.say(`${dataBytes} bytes of data, ${memoryBytes} of memory, ${anonymousBytes} of the process's own at most`);
        deepEqual(found, { wrong: 0, ok: true, findings: [] });
        ok(dataBytes > 3 * memoryBytes, `the machine has ${memoryBytes} bytes`);
        ok(anonymousBytes < anonymousBytesMax, `the process took ${anonymousBytes} bytes`);
      },
    );
    await machine.powerOff();
  },
};
