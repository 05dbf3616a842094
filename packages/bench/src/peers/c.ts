import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { makeScratchDirectory, removeScratchDirectory } from "../scratch.ts";
import type { Absent, Contender, Peer, RunContext } from "../workload.ts";
import { startChild } from "./child.ts";

/** Directory of `nodemm_sample.h`, the child protocol for C programs. */
export const INCLUDE_DIRECTORY: string = fileURLToPath(new URL("../../include", import.meta.url));

export interface CPeerOptions {
  readonly name: string;
  /** The C11 source file. */
  readonly source: string | URL;
  /** Libraries to link, without `-l`: `["pmem"]`. */
  readonly libraries?: readonly string[];
  /** What to install where it does not compile, for the message: `libpmem-dev`. */
  readonly needs: string;
  readonly arguments: (context: RunContext) => readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly bar?: number;
}

/** A peer written in C, compiled when the benchmark runs; absent where there is no compiler or no library. */
export function cPeer(options: CPeerOptions): Peer {
  const contender: Contender = {
    name: options.name,
    start: async (context) => {
      const directory = makeScratchDirectory(tmpdir());
      const program = join(directory, "peer");
      try {
        const absent = await compile(options, program);
        if (absent !== null) return absent;
        // A running program outlives its file.
        return await startChild({
          command: program,
          arguments: options.arguments(context),
          environment: options.environment ?? {},
        });
      } finally {
        removeScratchDirectory(directory);
      }
    },
  };
  return options.bar === undefined ? contender : { ...contender, bar: options.bar };
}

function compile(options: CPeerOptions, program: string): Promise<Absent | null> {
  const compiler = process.env["CC"] || "cc";
  const source = options.source instanceof URL ? fileURLToPath(options.source) : options.source;
  const libraries = (options.libraries ?? []).map((library) => `-l${library}`);
  const flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-I", INCLUDE_DIRECTORY, "-o", program, source, ...libraries];
  return new Promise((resolve, reject) => {
    execFile(compiler, flags, (error, _, complaint) => {
      if (error === null) return resolve(null);
      if ((error as NodeJS.ErrnoException).code === "ENOENT")
        return resolve({ absent: `no C compiler (${compiler}): install gcc, or set CC` });
      if (/fatal error: .*(No such file|not found)|cannot find -l|library not found/.test(complaint))
        return resolve({ absent: `${options.needs} is not installed` });
      reject(new Error(`${source} does not compile: ${complaint.trim() || error.message}`));
    });
  });
}
