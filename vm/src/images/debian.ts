/**
 * What the emulated machine needs beyond this one's own files, as Debian packages that are downloaded and unpacked into
 * the cache: a kernel with its modules, and tools with their libraries. Nothing is installed.
 */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../paths.ts";
import { Unavailable } from "../unavailable.ts";

/** Its dependency is the kernel of this release. */
const kernelPackage = "linux-image-amd64";
/** Part of the cache's name: one more for each change of what is in it. */
const contents = 3;
const tools = ["busybox-static", "ndctl", "daxctl", "e2fsprogs", "xfsprogs", "kmod", "udev"];

/** Libraries that every Debian has, as this machine's own. */
const present = /^lib(?:c6|gcc-s1|stdc\+\+6)$/u;

export interface Unpacked {
  /** A folder with `usr` and `boot`. */
  readonly folder: string;
  /** The kernel's version, as its modules' folder is named. */
  readonly kernel: string;
  /** Every package file that is in it: name, version, architecture. */
  readonly packages: readonly string[];
}

/**
 * The packages, from the cache if they are there, so that the same files run every time until the cache is deleted.
 * @throws Unavailable where they cannot be downloaded
 */
export function unpackDebian(say: (text: string) => void): Unpacked {
  const { codename, architecture } = release();
  const folder = join(cacheFolder, `${codename}-${architecture}-${contents}`);
  if (existsSync(folder)) return describe(folder);
  const kernel = dependencyOf(kernelPackage);
  const headers = headersOf(kernel);
  const names = [...new Set([kernel, ...headers, ...closure([...tools, ...headers])])];
  say(`downloading ${names.length} packages: ${names.join(" ")}`);
  // This run's own: another may be doing the same.
  const partial = mkdtempSync(`${folder}.partial-`);
  try {
    mkdirSync(join(partial, "packages"));
    download(names, join(partial, "packages"));
    unpack(partial);
    if (!existsSync(folder)) renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return describe(folder);
}

function release(): { codename: string; architecture: string } {
  const text = readFileSync("/etc/os-release", "utf8");
  const codename = /^VERSION_CODENAME=(?<name>\w+)$/mu.exec(text)?.groups?.["name"] ?? "unknown";
  return { codename, architecture: apt("dpkg", ["--print-architecture"]).trim() };
}

function dependencyOf(name: string): string {
  const found = /^ *Depends: (?<name>linux-image-\d\S*)$/mu.exec(apt("apt-cache", ["depends", name]));
  if (!found) throw new Unavailable(`the package lists name no kernel for ${name} (apt-get update brings them)`);
  return found.groups!["name"];
}

/** What a module for a kernel is built with. */
function headersOf(kernel: string): string[] {
  const name = kernel.replace("linux-image-", "linux-headers-");
  const lines = apt("apt-cache", ["depends", name]).matchAll(/^ *Depends: (?<name>linux-\S+)$/gmu);
  return [name, ...[...lines].map(({ groups }) => groups!["name"])];
}

/** The tools and every library that they need, level by level. */
function closure(names: readonly string[]): string[] {
  const all = new Set(names);
  for (let level = names; level.length > 0;) {
    const lines = apt("apt-cache", ["depends", "--important", ...level]).matchAll(
      /^[ |]+(?:Pre)?Depends: (?<name>lib\S+)$/gmu,
    );
    const libraries = [...lines].map(({ groups }) => groups!["name"]);
    level = [...new Set(libraries)].filter((name) => !all.has(name) && !present.test(name));
    for (const name of level) all.add(name);
  }
  return [...all];
}

function download(names: readonly string[], folder: string): void {
  // As root apt would switch to a user who may not write into the folder, and say so.
  apt("apt-get", ["-q", "-o", "APT::Sandbox::User=root", "download", ...names], folder);
}

function unpack(folder: string): void {
  for (const file of readdirSync(join(folder, "packages"))) {
    apt("dpkg-deb", ["--extract", join(folder, "packages", file), folder]);
  }
  // Older packages have files in /lib and /sbin, which today are links into /usr.
  for (const name of ["bin", "sbin", "lib"]) {
    if (existsSync(join(folder, name))) {
      mkdirSync(join(folder, "usr", name), { recursive: true });
      apt("cp", ["-al", `${join(folder, name)}/.`, join(folder, "usr", name)]);
      rmSync(join(folder, name), { recursive: true });
    }
    symlinkSync(`usr/${name}`, join(folder, name));
  }
  const { kernel } = describe(folder);
  indexModules(folder, kernel);
  makeHeadersMovable(folder, kernel);
  const packages = readdirSync(join(folder, "packages")).sort();
  writeFileSync(join(folder, "packages.json"), `${JSON.stringify(packages, undefined, 2)}\n`);
  rmSync(join(folder, "packages"), { recursive: true });
}

/** What installing the kernel would have done, so that modules can be loaded by name. */
function indexModules(folder: string, kernel: string): void {
  const depmod = join(folder, "depmod");
  symlinkSync("usr/bin/kmod", depmod);
  const libraries = readdirSync(join(folder, "usr/lib")).filter((name) => name.endsWith("-linux-gnu"));
  const searched = libraries.map((name) => join(folder, "usr/lib", name)).join(":");
  apt("env", [`LD_LIBRARY_PATH=${searched}`, depmod, "-b", folder, kernel]);
  rmSync(depmod);
}

/** The headers name their other half by where it would have been installed. */
function makeHeadersMovable(folder: string, kernel: string): void {
  const makefile = join(folder, "usr/src", `linux-headers-${kernel}`, "Makefile");
  writeFileSync(makefile, readFileSync(makefile, "utf8").replace("include /usr/src/", "include ../"));
}

function describe(folder: string): Unpacked {
  const list = join(folder, "packages.json");
  const packages = existsSync(list) ? (JSON.parse(readFileSync(list, "utf8")) as string[]) : [];
  const image = readdirSync(join(folder, "boot")).find((name) => name.startsWith("vmlinuz-"))!;
  const kernel = image.slice("vmlinuz-".length);
  return { folder, kernel, packages };
}

/** Runs one of the package tools. */
function apt(command: string, args: readonly string[], cwd?: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 600_000 });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const reason = stderr?.trim().split("\n").at(-1) ?? message;
    throw new Unavailable(`${command} ${args.slice(0, 2).join(" ")} failed: ${reason}`, { cause: error });
  }
}
