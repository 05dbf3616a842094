/** Persistent memory as the layers above want it, made in an emulated machine with the tools that an administrator uses. */
import type { Machine } from "./machine/machine.ts";

export type FileSystem = "ext4" | "xfs";

const drivers = ["nfit", "nd_pmem", "dax_pmem", "device_dax"];

/** Loads the drivers of persistent memory and waits for its devices. */
export async function findModules(machine: Machine): Promise<void> {
  await machine.shell(
    `for driver in ${drivers.join(" ")}; do modprobe $driver; done; udevadm settle 2> /dev/null || true`,
  );
}

/** Turns the blank module `index` into a namespace for a file system, `/dev/pmem<index>`, with one on it. */
export async function makeFileSystem(machine: Machine, index: number, fileSystem: FileSystem): Promise<void> {
  await machine.must(["ndctl", "create-namespace", "-f", "-e", `namespace${index}.0`, "-m", "fsdax", "-M", "mem"]);
  // DAX and shared extents exclude each other in older versions of XFS.
  const make = { ext4: "modprobe ext4 && mkfs.ext4 -q -b 4096", xfs: "modprobe xfs && mkfs.xfs -q -m reflink=0" };
  await machine.shell(`${make[fileSystem]} /dev/pmem${index}`);
}

/** Mounts it at `/mnt/<index>`, with DAX or as an ordinary disk, and returns that. */
export async function mountFileSystem(
  machine: Machine,
  index: number,
  fileSystem: FileSystem,
  dax: boolean,
): Promise<string> {
  const folder = `/mnt/${index}`;
  await machine.shell(
    `modprobe ${fileSystem}; mkdir -p ${folder}; mount -t ${fileSystem} -o dax=${dax ? "always" : "never"} /dev/pmem${index} ${folder}`,
  );
  return folder;
}

/** Turns the blank module `index` into a device without a file system, and returns its path. */
export async function makeDevice(machine: Machine, index: number): Promise<string> {
  await machine.must(["ndctl", "create-namespace", "-f", "-e", `namespace${index}.0`, "-m", "devdax", "-M", "mem"]);
  return `/dev/dax${index}.0`;
}
