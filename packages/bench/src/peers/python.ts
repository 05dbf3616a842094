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

/** Where Python is looked for: the first on the path may be one of its own, without the system's modules. */
const interpreters = ["python3", "/usr/bin/python3"];

/** A peer written in Python; absent where no `python3` has the module. */
export function pythonPeer(options: PythonPeerOptions): Peer {
  const contender: Contender = {
    name: options.name,
    start: async (context) => {
      const found = await findInterpreter(options.module);
      if (found === "no python") return { absent: "no python3" };
      if (found === "no module") return { absent: `${options.needs} is not installed` };
      const source = options.source instanceof URL ? fileURLToPath(options.source) : options.source;
      return startChild({ command: found, arguments: [source, ...options.arguments(context)] });
    },
  };
  return options.bar === undefined ? contender : { ...contender, bar: options.bar };
}

/** The first interpreter that has the module. */
async function findInterpreter(module: string): Promise<string> {
  let isThere = false;
  for (const interpreter of interpreters) {
    const lacking = await lacks(interpreter, module);
    if (lacking === null) return interpreter;
    isThere ||= lacking === "module";
  }
  return isThere ? "no module" : "no python";
}

function lacks(interpreter: string, module: string): Promise<"python" | "module" | null> {
  return new Promise((resolve) => {
    execFile(interpreter, ["-c", `import ${module}`], (error) => {
      if (error === null) resolve(null);
      else resolve((error as NodeJS.ErrnoException).code === "ENOENT" ? "python" : "module");
    });
  });
}
