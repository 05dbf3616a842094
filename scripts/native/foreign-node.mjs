/** Runs programs of arm64's Node on another processor. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const line = 24;

/** The command before a program for arm64, under qemu-user. */
export const emulator = ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"];

/** @returns {{ command: string[], absence?: undefined } | { command?: undefined, absence: string }} */
export function foreignNode() {
  if (spawnSync(emulator[0], ["--version"], { stdio: "ignore" }).status !== 0) {
    return { absence: `no ${emulator[0]}; apt-get install qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross` };
  }
  const finder = join(import.meta.dirname, "../find-node.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [finder, String(line), "arm64"], { encoding: "utf8" });
  return status === 0 ? { command: [...emulator, stdout] } : { absence: stderr };
}
