import { execFile, spawn, spawnSync, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";
import { listKeepers } from "../../src/keeper/keepers.ts";
import { stopKeeper } from "../../src/keeper/stop.ts";

const packageFolder = dirname(dirname(import.meta.dirname));
const cliPath = join(packageFolder, "dist/cli/main.js");

/** Gives the tests of a file keepers of their own, apart from those of the user and of other files; ends what is left. */
export function useOwnKeepers(): { readonly folder: string } {
  const place = { folder: "" };
  beforeAll(() => {
    place.folder = mkdtempSync(join(tmpdir(), "nodemm-keepers-"));
    process.env["NODEMM_KEEPER_FOLDER"] = place.folder;
  });
  afterAll(() => {
    for (const keeper of listKeepers()) stopKeeper(keeper);
    delete process.env["NODEMM_KEEPER_FOLDER"];
    rmSync(place.folder, { recursive: true, force: true });
  });
  return place;
}

const prelude = 'import { memfd } from "@nodemm/emulator";\n';

function parametersOf(program: string): string[] {
  return ["--input-type=module", "-e", prelude + program];
}

/** Runs a program to its end. It can use `memfd`; what it writes to its standard output comes back. */
export function run(program: string, options: SpawnOptions = {}): { output: string; signal: string | null } {
  const { stdout, stderr, signal, status } = spawnSync(process.execPath, parametersOf(program), {
    cwd: packageFolder,
    ...options,
    stdio: "pipe",
    encoding: "utf8",
  });
  if (status !== 0 && signal === null) throw new Error(stderr);
  return { output: stdout, signal };
}

/** Several programs at the same time; what each wrote to its standard output. */
export async function runTogether(programs: readonly string[]): Promise<string[]> {
  const start = promisify(execFile);
  const runs = programs.map((program) => start(process.execPath, parametersOf(program), { cwd: packageFolder }));
  return (await Promise.all(runs)).map(({ stdout }) => stdout);
}

/** Starts a program that waits after its first line of output; resolves when that line is there. */
export async function hold(program: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, parametersOf(`${program}\nsetInterval(() => {}, 1000);`), {
    cwd: packageFolder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(createInterface(child.stdout), "line");
  return child;
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Runs the command that users run. */
export function command(...parameters: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [cliPath, ...parameters], { encoding: "utf8" });
}

/** The same without waiting for it; its exit code. */
export async function beginCommand(...parameters: string[]): Promise<number | null> {
  const [status] = (await once(spawn(process.execPath, [cliPath, ...parameters]), "exit")) as [number | null];
  return status;
}
