import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpackDebian } from "./images/debian.ts";
import { buildInitramfs } from "./images/initramfs.ts";
import { buildKernelModule } from "./images/kernel-module.ts";
import { Machine, type Boot, type MachineOptions } from "./machine/machine.ts";
import { makeNvdimm, type Nvdimm } from "./machine/nvdimm.ts";
import type { Options } from "./options.ts";
import { cacheFolder } from "./paths.ts";
import type { Report } from "./report.ts";
import { checkHost } from "./unavailable.ts";

/** Folders to remove however this process ends, but by SIGKILL. */
const folders = new Set<string>();
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** What every chapter boots, made once, and what fits that kernel. */
export interface Images extends Boot {
  /** @throws Unavailable */
  readonly buildKernelModule: () => string;
}

/** @throws Unavailable */
export function prepareBoot(say: (text: string) => void): Images {
  checkHost();
  mkdirSync(cacheFolder, { recursive: true });
  const unpacked = unpackDebian(say);
  return {
    kernel: join(unpacked.folder, "boot", `vmlinuz-${unpacked.kernel}`),
    initramfs: buildInitramfs(unpacked),
    buildKernelModule: () => buildKernelModule(unpacked),
  };
}

/** The place of one chapter: its machines, their modules, and what it finds out. Everything goes when it ends. */
export class Lab {
  readonly chapter: string;
  readonly options: Options;
  readonly report: Report;
  readonly #boot: Images;
  readonly #folder: string;
  readonly #machines = new Set<Machine>();
  #modules = 0;

  constructor(chapter: string, boot: Images, options: Options, report: Report) {
    this.chapter = chapter;
    this.#boot = boot;
    this.options = options;
    this.report = report;
    this.#folder = mkdtempSync(join(tmpdir(), `nodemm-vm-${chapter}-`));
    folders.add(this.#folder);
  }

  /** Of machines that run the packages' tests: one costs less, two find more. */
  get processors(): number {
    return this.options.form === "short" ? 1 : 2;
  }

  say(text: string): void {
    this.report.say(this.chapter, text);
  }

  /** Checks a claim. Returns whether it holds. */
  async check(claim: string, body: () => Promise<void> | void): Promise<boolean> {
    return this.report.check(this.chapter, claim, body);
  }

  /** The kernel module of `packages/pmem-native`, built for the machines' kernel. @throws Unavailable */
  buildKernelModule(): string {
    return this.#boot.buildKernelModule();
  }

  module(sizeMiB: number): Nvdimm {
    return makeNvdimm(join(this.#folder, `module${this.#modules++}`), sizeMiB);
  }

  async start(options: Omit<MachineOptions, "consolePath">): Promise<Machine> {
    const machine = await Machine.start(this.#boot, {
      persistence: "mem-ctrl",
      ...options,
      consolePath: join(this.#folder, "console"),
    });
    this.#machines.add(machine);
    return machine;
  }

  /** Of all its machines so far. */
  get processorSeconds(): number {
    return [...this.#machines].reduce((sum, machine) => sum + machine.processorSeconds, 0);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#machines].map(async (machine) => machine.cutPower()));
    rmSync(this.#folder, { recursive: true, force: true });
    folders.delete(this.#folder);
  }
}

/** What a chapter does. */
export interface Chapter {
  readonly name: string;
  /** For the screen. */
  readonly title: string;
  /** Whether the short form leaves it out. */
  readonly notInShort?: true;
  run(lab: Lab): Promise<void>;
}
