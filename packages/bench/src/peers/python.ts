import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

import type { Contender, Peer, RunContext } from "../workload.ts";
import { startChild } from "./child.ts";

export interface PythonPeerOptions {
  readonly name: string;
  /** The Python 3 program. */
  readonly source: string | URL;
  /** The module it cannot do without: `numpy`. */
  readonly module: string;
  /** What to install where the module is missing, for the message: `python3-numpy`. */
  readonly needs: string;
  readonly arguments: (context: RunContext) => readonly string[];
  readonly bar?: number;
}

/** A peer written in Python; absent where there is no `python3` or no such module. */
export function pythonPeer(options: PythonPeerOptions): Peer {
  const contender: Contender = {
    name: options.name,
    start: async (context) => {
      const missing = await lacks(options.module);
      if (missing !== null)
        return { absent: missing === "python" ? "no python3" : `${options.needs} is not installed` };
      const source = options.source instanceof URL ? fileURLToPath(options.source) : options.source;
      return startChild({ command: "python3", arguments: [source, ...options.arguments(context)] });
    },
  };
  return options.bar === undefined ? contender : { ...contender, bar: options.bar };
}

function lacks(module: string): Promise<"python" | "module" | null> {
  return new Promise((resolve) => {
    execFile("python3", ["-c", `import ${module}`], (error) => {
      if (error === null) resolve(null);
      else resolve((error as NodeJS.ErrnoException).code === "ENOENT" ? "python" : "module");
    });
  });
}
