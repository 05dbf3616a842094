import { spawnSync } from "node:child_process";
import { lstatSync } from "node:fs";

/** The emulator of a whole machine. */
export const emulator = "qemu-system-x86_64";

/** This machine cannot run the emulated ones: the reason, and what would help. Not a failure of the project. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}

/**
 * Checks what no download can bring.
 * @throws Unavailable
 */
export function checkHost(): void {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Unavailable(
      `the emulated machine runs this machine's own Node, so it needs Linux on x64; this is ${process.platform} on ${process.arch}`,
    );
  }
  if (!isLink("/lib") || !isLink("/bin")) {
    throw new Unavailable(
      "the emulated machine shares /usr, and here /lib and /bin are folders of their own beside it",
    );
  }
  for (const [command, remedy] of [
    [emulator, "apt-get install --no-install-recommends qemu-system-x86"],
    ["apt-get", "only Debian and its relatives are supported, whose kernel packages it boots"],
    ["dpkg-deb", "apt-get install dpkg"],
    ["setpriv", "apt-get install util-linux"],
  ]) {
    if (!runs(command)) throw new Unavailable(`there is no ${command} (${remedy})`);
  }
  if (!spawnSync(emulator, ["-device", "help"], { encoding: "utf8" }).stdout.includes('"virtio-9p-pci"')) {
    throw new Unavailable(`this ${emulator} cannot share folders: it was built without virtfs`);
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function runs(command: string): boolean {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}
