import { setTimeout as wait } from "node:timers/promises";
import { randomNumbers } from "../../guest/cut-workload.ts";
import { Acknowledged } from "../acknowledged.ts";
import type { Chapter, Lab } from "../lab.ts";
import type { Machine } from "../machine/machine.ts";
import type { Nvdimm } from "../machine/nvdimm.ts";
import { checkFileSystem, findModules, makeDevice, makeFileSystem, mountFileSystem } from "../media.ts";
import { guestProgram } from "../paths.ts";

const places = ["file", "device"] as const;
const fileSystemMiB = 64;
/** Small, because opening flushes all of it. */
const deviceMiB = 16;
/** After so many cuts there are new modules: the writer's model goes through all that was ever written to these. */
const cutsOfOneLife = 40;
/** A cut falls after at most so many acknowledgements, and a while. */
const linesMax = 120;
const delayMsMax = 30;
/** One in so many falls while the shelves are opened. */
const openingsShare = 4;
/** The longest that a writer on a busy host may say nothing. */
const silenceMsMax = 300_000;

/** Cuts the power of a machine that writes to shelves on a DAX file system and on a DAX device. */
export const powerCutsChapter: Chapter = {
  name: "cuts",
  title: "power cuts while shelves are written to",
  async run(lab) {
    const random = randomNumbers(lab.options.seed);
    const sum = { cuts: 0, operations: 0 };
    for (let holds = true; holds && sum.cuts < lab.options.cuts;) {
      const life = new Life(lab, random, sum.cuts);
      holds = await life.run(Math.min(cutsOfOneLife, lab.options.cuts - sum.cuts));
      sum.operations += life.operations;
      sum.cuts += life.cuts;
    }
    lab.say(`${sum.cuts} power cuts, ${sum.operations} operations acknowledged`);
  },
};

/** Two modules, from blank to the last power cut on them. */
class Life {
  readonly #lab: Lab;
  readonly #random: (below: number) => number;
  /** Power cuts before this life. */
  readonly #before: number;
  readonly #modules: readonly Nvdimm[];
  readonly #seed: number;
  readonly #acknowledged = new Acknowledged();
  /** How often the power went. */
  cuts = 0;

  constructor(lab: Lab, random: (below: number) => number, before: number) {
    this.#lab = lab;
    this.#random = random;
    this.#before = before;
    this.#modules = [lab.module(fileSystemMiB), lab.module(deviceMiB)];
    this.#seed = random(2 ** 31);
  }

  /** Operations that were acknowledged. */
  get operations(): number {
    return this.#acknowledged.operations;
  }

  /** Boots once more than the power goes, unless something is found lost. Returns whether nothing was. */
  async run(cuts: number): Promise<boolean> {
    for (;;) {
      const title = this.cuts === 0 ? "before any power cut" : `power cut ${this.#before + this.cuts}`;
      const machine = await this.#lab.start({ modules: this.#modules, processors: 1 });
      const [region, deviceRegion] = await findModules(machine);
      if (this.cuts === 0) {
        await makeFileSystem(machine, region, "ext4");
        await makeDevice(machine, deviceRegion);
      } else {
        await this.#lab.check(`${title}: the file system is whole`, async () => checkFileSystem(machine, region));
      }
      const writer = await this.#startWriter(machine, region, deviceRegion);
      const isLast = this.cuts === cuts;
      if (isLast || this.#random(openingsShare) > 0) {
        const claim = `${title}: every acknowledged write is there and none is mixed`;
        const holds = await this.#lab.check(claim, async () => {
          await writer.until(() => this.#acknowledged.looked(places.length));
          this.#acknowledged.assertWhole();
        });
        if (isLast || !holds) {
          await machine.powerOff();
          return holds;
        }
        await writer.lines(this.#random(linesMax));
      } else await writer.lines(1 + this.#random(2 * places.length));
      await wait(this.#random(delayMsMax));
      await machine.cutPower();
      this.cuts++;
      this.#lab.report.progress(`power cut ${this.#before + this.cuts}, ${this.operations} operations`);
    }
  }

  async #startWriter(machine: Machine, region: number, deviceRegion: number): Promise<Writer> {
    const folder = await mountFileSystem(machine, region, "ext4", true);
    await machine.shell(`mkdir -p ${folder}/made`);
    const paths = { file: `${folder}/shelf`, device: `/dev/dax${deviceRegion}.0` };
    const orders = {
      seed: this.#seed,
      places: places.map((name) => ({ name, path: paths[name] })),
      folder: `${folder}/made`,
    };
    return new Writer(machine, orders, this.#acknowledged);
  }
}

/** The process that writes, as seen from here. */
class Writer {
  readonly #acknowledged: Acknowledged;
  readonly #end: Promise<never>;
  #heard: (() => void) | undefined;

  constructor(machine: Machine, orders: object, acknowledged: Acknowledged) {
    this.#acknowledged = acknowledged;
    acknowledged.begin();
    const { result } = machine.start([process.execPath, guestProgram("cut-writer"), JSON.stringify(orders)], {
      onLine: (line) => {
        acknowledged.hear(line);
        this.#heard?.();
      },
    });
    this.#end = result.then(({ status, signal, stdout, stderr }) => {
      throw new Error(`the writer ended with ${signal ?? String(status)}: ${stdout.slice(-500)}${stderr.slice(-2000)}`);
    });
    this.#end.catch(() => undefined);
  }

  /** @throws Error if the writer ends before, or says nothing for too long */
  async until(happened: () => boolean): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const heard = new Promise<void>((resolve, reject) => {
      this.#heard = () => {
        clearTimeout(timer);
        if (happened()) resolve();
        else timer = setTimeout(reject, silenceMsMax, new Error(`the writer said nothing for ${silenceMsMax} ms`));
      };
      this.#heard();
    });
    try {
      await Promise.race([heard, this.#end]);
    } finally {
      clearTimeout(timer);
      this.#heard = undefined;
    }
  }

  /** Waits for so many lines more. */
  async lines(count: number): Promise<void> {
    const upTo = this.#acknowledged.lines + count;
    await this.until(() => this.#acknowledged.lines >= upTo);
  }
}
