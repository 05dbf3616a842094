// Packs every published package and lets publint and attw judge the tarball: what the registry would get.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listPublished } from "./repository/packages.mjs";
import { pack } from "./repository/pack.mjs";

const folder = mkdtempSync(join(tmpdir(), "nodemm-exports-"));
try {
  const tarballs = listPublished().map((each) => pack(each, folder));
  const judges = tarballs.flatMap((tarball) => [
    ["publint", "--strict", tarball],
    ["attw", "--profile", "esm-only", "--no-emoji", tarball],
  ]);
  const failures = judges.filter(([command, ...args]) => {
    const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
    if (status === 0) return false;
    process.stdout.write(`${command} ${args.join(" ")}\n${error?.message ?? stdout + stderr}\n`);
    return true;
  });
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}
