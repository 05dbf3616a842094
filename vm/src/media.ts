/** Persistent memory as the layers above want it, made in an emulated machine with the tools that an administrator uses. */
import type { Machine } from "./machine/machine.ts";

export type FileSystem = "ext4" | "xfs";

/**
 * The number of each module's region, in the order of the modules: the kernel counts them in an order of its own, and
 * names devices and namespaces by them.
 */
export async function findModules(machine: Machine): Promise<number[]> {
  const listing = await machine.shell(
    `cd /sys/bus/nd/devices
    for region in region*; do
      read -r mapping < $region/mapping0
      echo "$region $(cat \${mapping%%,*}/nfit/handle)"
    done`,
  );
  const regions: number[] = [];
  for (const line of listing.trim().split("\n")) {
    const [region, handle] = line.split(" ");
    // The platform numbers modules from 1, in the order of the emulator's arguments.
    regions[Number(handle) - 1] = Number(region.slice("region".length));
  }
  return regions;
}

/** Turns the blank module of region `index` into a namespace for a file system, `/dev/pmem<index>`, with one on it. */
export async function makeFileSystem(machine: Machine, index: number, fileSystem: FileSystem): Promise<void> {
  await machine.must(["ndctl", "create-namespace", "-f", "-e", `namespace${index}.0`, "-m", "fsdax", "-M", "mem"]);
  // DAX and shared extents exclude each other in older versions of XFS.
  const make = { ext4: "mkfs.ext4 -q -b 4096", xfs: "modprobe xfs && mkfs.xfs -q -m reflink=0" };
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
    `mkdir -p ${folder}; mount -t ${fileSystem} -o dax=${dax ? "always" : "never"} /dev/pmem${index} ${folder}`,
  );
  return folder;
}

/** Turns the blank module of region `index` into a device without a file system, and returns its path. */
export async function makeDevice(machine: Machine, index: number, align: "2M" | "4K" = "2M"): Promise<string> {
  const namespace = `namespace${index}.0`;
  await machine.must(["ndctl", "create-namespace", "-f", "-e", namespace, "-m", "devdax", "-M", "mem", "-a", align]);
  return `/dev/dax${index}.0`;
}

/** Replays the journal of an unmounted ext4, as mounting would, and throws if anything but that was left to do. */
export async function checkFileSystem(machine: Machine, index: number): Promise<void> {
  await machine.shell(`e2fsck -p -E journal_only /dev/pmem${index} && e2fsck -f -n /dev/pmem${index}`);
}
