/**
 * One emulated machine: a process of the emulator, and the agent inside, which runs commands.
 *
 * Invariants: the process is this one's child and dies with it, whatever this one dies of (`setpriv --pdeathsig`). It is
 * ended by its own process id only. Its modules' files keep what it stored, its other memory is gone.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Answer, Request } from "../../guest/protocol.ts";
import { shares } from "../images/initramfs.ts";
import { guestProgram } from "../paths.ts";
import { emulator } from "../unavailable.ts";
import { Command, type CommandOptions, type Result } from "./command.ts";
import { nvdimmArguments, type Nvdimm } from "./nvdimm.ts";

/** What every machine boots. */
export interface Boot {
  readonly kernel: string;
  readonly initramfs: string;
}

export interface MachineOptions {
  readonly modules: readonly Nvdimm[];
  /** How many the kernel sees; two by default. One boots for less. */
  readonly processors?: number;
  /** Of what is lost with the power; half of it is the room of `/dev/shm`. 2048 by default. */
  readonly memoryMiB?: number;
  /** What the platform saves when power fails: `cpu` the caches too (eADR), `mem-ctrl` what has left them (ADR). */
  readonly persistence?: "cpu" | "mem-ctrl" | undefined;
  /** Where its console is written to. */
  readonly consolePath: string;
  /** More for the kernel's command line. */
  readonly kernelArguments?: readonly string[];
  /** More for the emulator. */
  readonly emulatorArguments?: readonly string[];
}

/** From start to the agent's first word, at worst: other machines may be at work. */
const bootSeconds = 180;
/** The longest command is the run of all packages' tests, on a busy host. */
const commandSecondsMax = 1800;
/** The kernel's unit of processor time in `/proc`, on every Linux since it is told to programs. */
const ticksPerSecond = 100;

export class Machine {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #consolePath: string;
  readonly #commands = new Map<number, Command>();
  readonly #exit: Promise<void>;
  #ready: (() => void) | undefined;
  #nextId = 1;
  #ended = false;
  #ticks = 0;

  private constructor(process: ChildProcessByStdio<Writable, Readable, null>, consolePath: string) {
    this.#process = process;
    this.#consolePath = consolePath;
    process.stdin.on("error", () => {
      // The machine has gone; its commands are told so when its output ends.
    });
    const lines = createInterface({ input: process.stdout });
    lines.on("line", (line) => {
      this.#take(line);
    });
    this.#exit = this.#whenGone([once(process, "exit"), once(lines, "close")]);
  }

  /** All that it said has been heard when it is gone. */
  async #whenGone(ends: readonly Promise<unknown>[]): Promise<void> {
    await Promise.all(ends);
    this.#ended = true;
    for (const command of this.#commands.values()) command.lose(this.#lastWords());
    this.#commands.clear();
  }

  /** Starts a machine and waits until its agent answers. */
  static async start(boot: Boot, options: MachineOptions): Promise<Machine> {
    const command = [
      "nice",
      "-n",
      "5",
      "setpriv",
      "--pdeathsig",
      "KILL",
      emulator,
      ...emulatorArguments(boot, options),
    ];
    const child = spawn(command[0], command.slice(1), {
      stdio: ["pipe", "pipe", openSync(`${options.consolePath}.emulator`, "a")],
    }) as ChildProcessByStdio<Writable, Readable, null>;
    const machine = new Machine(child, options.consolePath);
    await machine.#whenReady();
    return machine;
  }

  async #whenReady(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(resolve, bootSeconds * 1000, "late");
    });
    const ready = new Promise<"ready">((resolve) => {
      this.#ready = (): void => {
        resolve("ready");
      };
    });
    const gone = this.#exit.then(() => "gone" as const);
    const outcome = await Promise.race([ready, gone, late]);
    clearTimeout(timer);
    if (outcome === "ready") return;
    await this.cutPower();
    throw new Error(`the machine did not come up (${outcome}): ${this.#lastWords()}`);
  }

  /** Starts a command; `run` waits for it. */
  start(command: readonly [string, ...string[]], options: CommandOptions = {}): Command {
    const { cwd = "/", env = {} } = options;
    const id = this.#nextId++;
    const started = new Command(command, options, (signal) => {
      this.#send({ id, kill: signal });
    });
    if (this.#ended) started.lose(this.#lastWords());
    else this.#commands.set(id, started);
    this.#send({ id, command, cwd, env });
    return started;
  }

  /** Runs a command to its end, whatever that is. The power is cut if there is none. */
  async run(command: readonly [string, ...string[]], options: CommandOptions = {}): Promise<Result> {
    const { result } = this.start(command, options);
    // A machine that hangs must not hang the run: without power, its command fails with the last words of its kernel.
    const timer = setTimeout(() => void this.cutPower(), commandSecondsMax * 1000);
    try {
      return await result;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs a command that must succeed, and returns what it wrote to its standard output. */
  async must(command: readonly [string, ...string[]], options: CommandOptions = {}): Promise<string> {
    const { status, signal, stdout, stderr } = await this.run(command, options);
    if (status === 0) return stdout;
    const end = signal ?? `status ${String(status)}`;
    throw new Error(`${command.join(" ")} ended with ${end}: ${`${stdout}${stderr}`.trim().slice(-2000)}`);
  }

  /** A line of shell that must succeed. */
  async shell(script: string): Promise<string> {
    return this.must(["sh", "-ec", script]);
  }

  /** Ends the machine as its user would, everything unmounted. */
  async powerOff(): Promise<void> {
    this.#measure();
    this.#send({ powerOff: true });
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 60_000);
    await this.#exit;
    clearTimeout(timer);
    if (this.#process.signalCode !== null) throw new Error(`the machine did not power off: ${this.#lastWords()}`);
  }

  /** Takes the power away: what it had not stored is gone. Resolves when all that it said before has been heard. */
  async cutPower(): Promise<void> {
    this.#measure();
    this.#process.kill("SIGKILL");
    await this.#exit;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Seconds that processors have spent on it so far: what it costs, however busy this machine is. */
  get processorSeconds(): number {
    this.#measure();
    return this.#ticks / ticksPerSecond;
  }

  #measure(): void {
    if (this.#ended) return;
    try {
      const fields = readFileSync(`/proc/${this.#process.pid}/stat`, "utf8").split(") ")[1].split(" ");
      this.#ticks = Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has gone; what was last measured stands.
    }
  }

  #send(request: Request): void {
    if (!this.#ended) this.#process.stdin.write(`${JSON.stringify(request)}\n`);
  }

  #take(line: string): void {
    let answer: Answer;
    try {
      answer = JSON.parse(line) as Answer;
    } catch {
      // The power went in the middle of a line.
      return;
    }
    if ("ready" in answer) {
      this.#ready?.();
      return;
    }
    const command = this.#commands.get(answer.id);
    if ("channel" in answer) {
      command?.hear(answer.channel, answer.text);
      return;
    }
    this.#commands.delete(answer.id);
    command?.end(answer.status, answer.signal);
  }

  /** The end of what the kernel and the emulator said. */
  #lastWords(): string {
    const tail = (path: string): string => readFileSync(path, "utf8").trim().split("\n").slice(-8).join("\n");
    return `${tail(`${this.#consolePath}.emulator`)}\n${tail(this.#consolePath)}`.trim() || "it said nothing";
  }
}

/** The emulator's command line, without its name. */
export function emulatorArguments(boot: Boot, options: MachineOptions): string[] {
  const {
    modules,
    processors = 2,
    memoryMiB = 2048,
    persistence,
    consolePath,
    kernelArguments = [],
    emulatorArguments: more = [],
  } = options;
  const words = ["console=ttyS0", "panic=-1", "rdinit=/init", "loglevel=4", "random.trust_cpu=on"];
  const own = [`nodemm.node=${process.execPath}`, `nodemm.agent=${guestProgram("agent")}`];
  const domain = persistence === undefined ? "" : `,nvdimm-persistence=${persistence}`;
  return [
    // The emulator's own translation always, so that the same instructions run on every host.
    ...["-machine", `q35,nvdimm=on${domain}`, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", `${processors}`],
    ...["-m", `${memoryMiB}M,slots=8,maxmem=16G`, "-nodefaults", "-display", "none", "-no-reboot", "-monitor", "none"],
    ...["-chardev", `file,id=console,path=${consolePath},append=on`, "-serial", "chardev:console"],
    ...["-chardev", "stdio,id=agent,signal=off", "-device", "virtio-serial-pci"],
    ...["-device", "virtserialport,chardev=agent,name=nodemm"],
    ...shares().flatMap(({ tag, path }) => [
      ...["-fsdev", `local,id=${tag},path=${path},security_model=none,readonly=on`],
      ...["-device", `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
    ]),
    ...nvdimmArguments(modules),
    ...more,
    ...["-kernel", boot.kernel, "-initrd", boot.initramfs, "-append", [...words, ...own, ...kernelArguments].join(" ")],
  ];
}
