import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./paths.ts";

/** Where the commands of a block run; `not-run` are those that no emulated machine can. */
const machines = ["guest", "memmap"] as const;
export type GuideMachine = (typeof machines)[number];

/** Commands of the guide, as one script. */
export interface Commands {
  readonly kind: "commands";
  readonly line: number;
  readonly machine: GuideMachine | "not-run";
  /** Of commands that are not run: why. */
  readonly reason: string;
  readonly script: string;
  /** Lines that each must be part of the output. */
  readonly output: readonly string[];
}

/** A program that the commands after it run. */
interface Program {
  readonly kind: "program";
  readonly line: number;
  readonly name: string;
  readonly text: string;
}

export interface Guide {
  readonly blocks: readonly (Commands | Program)[];
  /** What to add to the kernel's command line in the machine `memmap`. */
  readonly kernelParameters: readonly string[];
}

export const guidePath = "docs/persistent-memory.md";

/** Reads the guide's blocks. @throws Error naming the line of a block that is not marked as one of those */
export function readGuide(text: string = readFileSync(join(repository, guidePath), "utf8")): Guide {
  const blocks: (Commands | Program)[] = [];
  const kernelParameters: string[] = [];
  for (const match of text.matchAll(/^```(?<label>\S*)(?<marks>[^\n]*)\n(?<body>.*?)^```$/gmsu)) {
    const { label, marks, body } = match.groups as Record<"label" | "marks" | "body", string>;
    const line = text.slice(0, match.index).split("\n").length;
    const [mark = "", more = "", ...rest] = marks.trim().split(" ").filter(Boolean);
    const lines = body.split("\n").filter(Boolean);
    const last = blocks.at(-1);
    if (label === "sh" && isMachine(mark) && more === "") {
      blocks.push({ kind: "commands", line, machine: mark, reason: "", script: body, output: [] });
    } else if (label === "sh" && mark === "not-run" && more !== "" && rest.length === 0) {
      const reason = more.replaceAll("-", " ");
      blocks.push({ kind: "commands", line, machine: mark, reason, script: body, output: [] });
    } else if (label === "js" && mark.startsWith("file=")) {
      blocks.push({ kind: "program", line, name: mark.slice("file=".length), text: body });
    } else if (label === "text" && mark === "output" && last?.kind === "commands" && last.machine !== "not-run") {
      blocks[blocks.length - 1] = { ...last, output: lines };
    } else if (label === "text" && mark === "kernel-parameter") kernelParameters.push(...lines);
    else throw new Error(`line ${line}: the test does not know what to do with a block "${label}${marks}"`);
  }
  return { blocks, kernelParameters };
}

function isMachine(mark: string): mark is GuideMachine {
  return (machines as readonly string[]).includes(mark);
}
