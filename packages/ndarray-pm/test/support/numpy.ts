import { spawnSync } from "node:child_process";

export interface NumPy {
  readonly python: string;
  readonly version: string;
  /** Major and minor as one number that compares: 2.4 is 2004. */
  readonly release: number;
}

/** The first Python that has NumPy 1.24 or newer, which knows the promotion of NumPy 2. */
function findNumPy(): NumPy | undefined {
  const program =
    "import numpy; assert tuple(map(int, numpy.__version__.split('.')[:2])) >= (1, 24); print(numpy.__version__)";
  for (const python of [process.env["PYTHON"], "python3", "/usr/bin/python3"]) {
    if (python === undefined) continue;
    const { status, stdout } = spawnSync(python, ["-c", program], { encoding: "utf8" });
    if (status !== 0) continue;
    const version = stdout.trim();
    const [major, minor] = version.split(".").map(Number);
    return { python, version, release: major * 1000 + minor };
  }
  return undefined;
}

/** NumPy, where it is installed. */
export const numpy: NumPy | undefined = findNumPy();

/** For the names of tests: which NumPy was asked, or why none was. */
export const numpyName: string =
  numpy === undefined ? "not installed: apt-get install python3-numpy" : `NumPy ${numpy.version}`;

/** Runs a program in Python and returns what it printed. */
export function runPython(program: string, args: readonly string[] = [], input = ""): string {
  const { status, stdout, stderr } = spawnSync(numpy!.python, ["-c", program, ...args], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`Python failed: ${stderr}`);
  return stdout;
}
