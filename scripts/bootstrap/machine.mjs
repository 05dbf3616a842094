// What a bare machine must have before anything can be installed, and the command that mends what is missing.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const remedies = {
  compiler: { Debian: "apt-get install g++", Fedora: "dnf install gcc-c++", macOS: "xcode-select --install" },
  make: { Debian: "apt-get install make", Fedora: "dnf install make", macOS: "xcode-select --install" },
  python: { Debian: "apt-get install python3", Fedora: "dnf install python3", macOS: "xcode-select --install" },
  headers: { Debian: "apt-get install libnode-dev", Fedora: "dnf install nodejs-devel", macOS: "brew install node" },
};

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
  const missing = [...compilerProblems(), ...makeProblems(), ...pythonProblems()];
  if (missing.length > 0) stop(["The native part cannot be built on this machine yet:", ...missing]);
  findHeaders();
}

function compilerProblems() {
  const candidates = process.env.CXX ? [process.env.CXX] : ["g++", "c++", "clang++"];
  const compiler = candidates.find((name) => runs(name, ["--version"]));
  if (compiler === undefined) {
    return problem(`no C++ compiler: looked for ${candidates.join(", ")} on the PATH.`, remedies.compiler);
  }
  const program = "#include <atomic>\n#include <string>\nint main() { return 0; }\n";
  const trial = spawnSync(compiler, ["-std=c++17", "-fsyntax-only", "-x", "c++", "-"], { input: program });
  if (trial.status !== 0) {
    return problem(`${compiler} cannot compile a C++17 program: ${firstLine(trial.stderr)}`, remedies.compiler);
  }
  // Makefiles of node-gyp call g++ unless told otherwise.
  if (compiler !== "g++" && !process.env.CXX) {
    process.env.CXX = compiler;
    if (compiler === "clang++") process.env.CC = "clang";
  }
  return [];
}

function makeProblems() {
  return runs("make", ["--version"]) ? [] : problem("no make, which node-gyp builds with.", remedies.make);
}

function pythonProblems() {
  const candidates = process.env.PYTHON ? [process.env.PYTHON] : ["python3", "python"];
  const isNewEnough = "import sys; sys.exit(sys.version_info < (3, 8))";
  if (candidates.some((name) => runs(name, ["-c", isNewEnough]))) return [];
  return problem(
    `no Python 3.8 or newer, which node-gyp runs on: looked for ${candidates.join(", ")}.`,
    remedies.python,
  );
}

/** node-gyp downloads the headers when it is not told where they are, and a machine may reach nothing but a registry. */
function findHeaders() {
  if (process.env.npm_config_nodedir) return;
  const prefix = dirname(dirname(process.execPath));
  if (existsSync(join(prefix, "include", "node", "node_api.h"))) {
    process.env.npm_config_nodedir = prefix;
    return;
  }
  const note = problem(
    `Node's headers are not in ${join(prefix, "include", "node")}: node-gyp will try to download them.`,
    remedies.headers,
  );
  process.stdout.write(`${note.join("\n")}\n`);
}

/**
 * @param {string} what
 * @param {Record<string, string>} remedy the command for each system
 */
function problem(what, remedy) {
  return [
    `- ${what}`,
    ...Object.entries(remedy).map(([system, command]) => `    ${`${system}:`.padEnd(8)} ${command}`),
  ];
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
