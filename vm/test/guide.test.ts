import { expect, test } from "vitest";
import { readGuide } from "../src/guide.ts";
import { emulatorArguments } from "../src/machine/machine.ts";

test("every block of the guide is run somewhere, or says why not", () => {
  const { blocks, kernelParameters } = readGuide();
  const commands = blocks.filter((block) => block.kind === "commands");
  const run = commands.filter(({ machine }) => machine !== "not-run");
  expect(run.length).toBeGreaterThan(15);
  for (const { line, machine, reason } of commands) {
    if (machine === "not-run") expect(reason.split(" ").length, `line ${line}`).toBeGreaterThan(3);
  }
  expect(kernelParameters).toEqual([expect.stringMatching(/^memmap=/u)]);
  // What the commands show is checked, too.
  expect(run.filter(({ output }) => output.length > 0).length).toBeGreaterThan(5);
});

test("the guide starts QEMU with the arguments that the tests start it with", () => {
  const { blocks } = readGuide();
  const [{ script }] = blocks.flatMap((block) =>
    block.kind === "commands" && block.script.includes("qemu-system") ? [block] : [],
  );
  const [, command] = /^qemu-system-x86_64 (.*) \.\.\.$/msu.exec(script)!;
  const boot = { kernel: "kernel", initramfs: "initramfs" };
  const modules = [{ path: "nvdimm.img", sizeMiB: 512 }];
  const own = emulatorArguments(boot, { modules, persistence: "mem-ctrl", consolePath: "console" });
  const words = command.split(/[\s\\]+/u);
  expect(words.length).toBeGreaterThan(8);
  expect(words.filter((word) => !own.includes(word))).toEqual([]);
});

test.each([
  ["```sh\nls\n```", /line 1.*"sh"/u],
  ["text\n\n```sh guest twice\nls\n```", /line 3.*"sh guest twice"/u],
  ["```sh not-run\nls\n```", /line 1/u],
  ["```text output\nx\n```", /line 1/u],
  ["```sh not-run no-reason-but\nls\n```\n```text output\nx\n```", /line 4/u],
])("a block that is not marked is refused: %j", (text, reason) => {
  expect(() => readGuide(`${text}\n`)).toThrow(reason);
});

test("commands come with what they must print, in their order", () => {
  const text =
    "```js file=a.mjs\n1;\n```\n```sh guest\nls\nls -l\n```\n\n```text output\nb\nc\n```\n```sh memmap\nid\n```\n";
  expect(readGuide(text).blocks).toEqual([
    { kind: "program", line: 1, name: "a.mjs", text: "1;\n" },
    { kind: "commands", line: 4, machine: "guest", reason: "", script: "ls\nls -l\n", output: ["b", "c"] },
    { kind: "commands", line: 13, machine: "memmap", reason: "", script: "id\n", output: [] },
  ]);
});
