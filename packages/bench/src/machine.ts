import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

/** The machine that figures were taken on. */
export interface Machine {
  readonly cpu: string;
  /** CPU flags that decide how persistent memory is written, of those the kernel reports. */
  readonly flags: readonly string[];
  readonly cores: number;
  readonly memoryBytes: number;
  readonly virtualMachine: boolean;
  readonly kernel: string;
  readonly arch: string;
  readonly node: string;
  /** ISO 8601, when the run began. */
  readonly date: string;
  /** One-minute load average when the run began: figures of a busy machine are worth less. */
  readonly load: number;
}

const FLAGS_OF_INTEREST = [
  "clflush",
  "clflushopt",
  "clwb",
  "movdir64b",
  "avx2",
  "avx512f",
  "sse4_2",
  "dcpop",
  "dcpodp",
  "crc32",
];

export function describeMachine(): Machine {
  const flags = cpuFlags();
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    flags: FLAGS_OF_INTEREST.filter((flag) => flags.has(flag)),
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    virtualMachine: flags.has("hypervisor"),
    kernel: `${type()} ${release()}`,
    arch: arch(),
    node: process.version,
    date: new Date().toISOString(),
    load: loadavg()[0],
  };
}

function cpuFlags(): Set<string> {
  try {
    const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"));
    return new Set(line === null ? [] : line[1].split(" "));
  } catch {
    return new Set();
  }
}
