/**
 * The first root of the emulated machine: what must be there before this machine's folders can be shared into it. All
 * else, Node included, it reads from them.
 */
import { existsSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, isAbsolute } from "node:path";
import { repository } from "../paths.ts";
import { makeCpio, type Entry } from "./cpio.ts";
import type { Unpacked } from "./debian.ts";
import { moduleFiles } from "./modules.ts";

/**
 * Shared folders, their layers, the line to the host, and, because every machine wants them and they load fastest from
 * here, what persistent memory takes. The rest is loaded from the shared kernel package.
 */
const firstModules = [
  ...["virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay"],
  ...["nfit", "nd_e820", "nd_pmem", "dax_pmem", "device_dax", "crc32c_generic", "ext4"],
];

/** Where the root that the machine works in is put together. */
const root = "new";

/** A folder of this machine that the emulated one sees, read-only, at the same path. */
export interface Share {
  readonly tag: string;
  readonly path: string;
}

/** Programs and libraries, the repository, and Node where it lives elsewhere. */
export function shares(): Share[] {
  const node = dirname(dirname(process.execPath));
  const all = [
    { tag: "usr", path: "/usr" },
    { tag: "repository", path: repository },
    { tag: "node", path: node },
  ];
  return all.filter(({ tag, path }) => tag !== "node" || isOutside(path, "/usr"));
}

function isOutside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way.startsWith("..") || isAbsolute(way);
}

/** Writes the archive beside the unpacked packages and returns its path. */
export function buildInitramfs(unpacked: Unpacked): string {
  const path = join(dirname(unpacked.folder), `${basename(unpacked.folder)}.initramfs`);
  writeFileSync(path, makeCpio(entries(unpacked)));
  return path;
}

function entries({ folder, kernel }: Unpacked): Entry[] {
  const modules = moduleFiles(join(folder, "usr/lib/modules", kernel), firstModules);
  return [
    ...["bin", "dev", "proc", "sys", "modules", "shares", root, `${root}/etc`].map((path) => ({
      path,
      folder: true as const,
    })),
    { path: "bin/busybox", content: readFileSync(join(folder, "usr/bin/busybox")), executable: true },
    ...modules.map((file, index) => ({
      path: `modules/${String(index).padStart(2, "0")}-${basename(file)}`,
      content: readFileSync(file),
    })),
    { path: "init", content: readFileSync(join(repository, "vm/guest/init")), executable: true },
    { path: "shares/list", content: Buffer.from(shareList(folder)) },
    ...configuration(),
  ];
}

/** One share a line: its tag, its path, and the folder whose files are laid over it. */
function shareList(unpacked: string): string {
  const lines = shares().map(({ tag, path }) => {
    const above = tag === "usr" ? ` /shares/repository/${relative(repository, join(unpacked, "usr"))}` : "";
    return `${tag} ${path}${above}\n`;
  });
  // What is laid over /usr lies in the repository, so that comes first.
  return lines.toSorted().join("");
}

/** The few files of `/etc` without which common programs fail, and Debian's choices among programs. */
function configuration(): Entry[] {
  const files = {
    hosts: "127.0.0.1 localhost\n",
    passwd: "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/tmp:/bin/sh\n",
    group: "root:x:0:\nuser:x:1000:\n",
  };
  const alternatives = "/etc/alternatives";
  const links = existsSync(alternatives) ? readdirSync(alternatives, { withFileTypes: true }) : [];
  return [
    ...Object.entries(files).map(([name, text]) => ({ path: `${root}/etc/${name}`, content: Buffer.from(text) })),
    { path: `${root}${alternatives}`, folder: true },
    ...links
      .filter((entry) => entry.isSymbolicLink())
      .map(({ name }) => ({ path: `${root}${alternatives}/${name}`, link: readlinkSync(join(alternatives, name)) })),
  ];
}
