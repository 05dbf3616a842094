// What a bare machine must have before anything can be installed, and the command that mends what is missing.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const xcode = "xcode-select --install";

/** What brings each part on each system: packages of its installer, or whole commands where it has none. */
const systems = [
  {
    name: "Debian",
    installer: "apt-get install",
    compiler: "g++",
    make: "make",
    python: "python3",
    headers: "libnode-dev",
  },
  {
    name: "Fedora",
    installer: "dnf install",
    compiler: "gcc-c++",
    make: "make",
    python: "python3",
    headers: "nodejs-devel",
  },
  { name: "macOS", installer: "", compiler: xcode, make: xcode, python: xcode, headers: "brew install node" },
];

/** @typedef {{ part: "compiler" | "make" | "python" | "headers", text: string }} Problem */

/** Prints what is missing and ends the process with 1, or sets the environment that the native build needs. */
export function checkMachine() {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const oldest = manifest.engines.node.replace(">=", "");
  if (!isAtLeast(process.versions.node, oldest)) {
    stop([
      `Node ${oldest} or newer is needed; this is ${process.version} (${process.execPath}).`,
      "  Install a newer one from https://nodejs.org or with your version manager, then run the command again.",
    ]);
  }
  const problems = [...compilerProblems(), ...makeProblems(), ...pythonProblems()];
  if (problems.length > 0) stop(["The native part cannot be built on this machine yet:", ...describe(problems)]);
  const notes = headerProblems();
  if (notes.length > 0) process.stdout.write(`${describe(notes).join("\n")}\n`);
}

/** @returns {Problem[]} */
function compilerProblems() {
  const candidates = process.env.CXX ? [process.env.CXX] : ["g++", "c++", "clang++"];
  const compiler = candidates.find((name) => runs(name, ["--version"]));
  if (compiler === undefined) {
    return [{ part: "compiler", text: `no C++ compiler: looked for ${candidates.join(", ")} on the PATH` }];
  }
  const program = "#include <atomic>\n#include <string>\nint main() { return 0; }\n";
  const trial = spawnSync(compiler, ["-std=c++17", "-fsyntax-only", "-x", "c++", "-"], { input: program });
  if (trial.status !== 0) {
    return [{ part: "compiler", text: `${compiler} cannot compile a C++17 program: ${firstLine(trial.stderr)}` }];
  }
  // The makefiles of node-gyp call g++ unless told otherwise.
  if (compiler !== "g++" && !process.env.CXX) {
    process.env.CXX = compiler;
    if (compiler === "clang++") process.env.CC = "clang";
  }
  return [];
}

/** @returns {Problem[]} */
function makeProblems() {
  return runs("make", ["--version"]) ? [] : [{ part: "make", text: "no make, which node-gyp builds with" }];
}

/** @returns {Problem[]} */
function pythonProblems() {
  const candidates = process.env.PYTHON ? [process.env.PYTHON] : ["python3", "python"];
  const isNewEnough = "import sys; sys.exit(sys.version_info < (3, 8))";
  if (candidates.some((name) => runs(name, ["-c", isNewEnough]))) return [];
  return [
    { part: "python", text: `no Python 3.8 or newer, which node-gyp runs on: looked for ${candidates.join(", ")}` },
  ];
}

/**
 * node-gyp downloads the headers when it is not told where they are, and a machine may reach nothing but a registry.
 *
 * @returns {Problem[]}
 */
function headerProblems() {
  if (process.env.npm_config_nodedir) return [];
  const prefix = dirname(dirname(process.execPath));
  if (existsSync(join(prefix, "include", "node", "node_api.h"))) {
    process.env.npm_config_nodedir = prefix;
    return [];
  }
  const folder = join(prefix, "include", "node");
  return [{ part: "headers", text: `Node's headers are not in ${folder}: node-gyp will try to download them` }];
}

/**
 * @param {Problem[]} problems
 * @returns {string[]} one line each, then the command that mends them all for each system
 */
function describe(problems) {
  const lines = problems.map(({ text }) => `- ${text}.`);
  const commands = systems.map((system) => {
    const remedies = [...new Set(problems.map(({ part }) => system[part]))];
    const command = system.installer === "" ? remedies.join(" && ") : [system.installer, ...remedies].join(" ");
    return `    ${`${system.name}:`.padEnd(8)} ${command}`;
  });
  return [...lines, "  To mend it:", ...commands];
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function runs(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/** @param {Buffer | null} output null where the command could not be started */
function firstLine(output) {
  return String(output ?? "").split("\n", 1)[0];
}

/**
 * @param {string} version
 * @param {string} oldest
 */
function isAtLeast(version, oldest) {
  const [major, minor] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldest.split(".").map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/** @param {string[]} lines */
function stop(lines) {
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exit(1);
}
