// clang-format over the native code: `--write` formats, `--check` only tells.
import { spawnSync } from "node:child_process";
import { listFiles, root } from "./repository/files.mjs";

const modes = new Map([
  ["--write", ["-i"]],
  ["--check", ["--dry-run", "--Werror"]],
]);
const mode = modes.get(process.argv[2]);
if (mode === undefined) throw new TypeError(`expected --write or --check, found ${process.argv[2]}`);

const files = listFiles(".cc", ".h").filter((path) => !path.includes("/kmod/"));
const { error, status } = spawnSync("clang-format", [...mode, ...files], { cwd: root, stdio: "inherit" });
if (error) throw error;
process.exitCode = status ?? 1;
