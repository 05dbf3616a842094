import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, repository } from "../paths.ts";
import { Unavailable } from "../unavailable.ts";
import type { Unpacked } from "./debian.ts";

/**
 * Builds the kernel module of `packages/pmem-native` for the kernel of the emulated machines, on this machine, and returns
 * its file.
 * @throws Unavailable where there is no compiler for it
 */
export function buildKernelModule(unpacked: Pick<Unpacked, "folder" | "kernel">): string {
  const folder = join(cacheFolder, "kmod");
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(repository, "packages/pmem-native/kmod"), folder, { recursive: true });
  const headers = join(unpacked.folder, "usr/src", `linux-headers-${unpacked.kernel}`);
  const libraries = join(unpacked.folder, "usr/lib/x86_64-linux-gnu");
  try {
    // The headers name the compiler that the kernel was built with; this release's own is that one.
    execFileSync("make", ["-C", folder, `KDIR=${headers}`, "CC=gcc"], {
      encoding: "utf8",
      env: { ...process.env, LD_LIBRARY_PATH: libraries },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 120_000,
    });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const reason = stderr?.trim().split("\n").slice(-3).join(" ") ?? message;
    throw new Unavailable(`the kernel module cannot be built (make, gcc): ${reason}`, { cause: error });
  }
  return join(folder, "nodemm_wbinvd.ko");
}
