import { readFileSync, statSync, type BigIntStats } from "node:fs";
import type { Keeper } from "./keepers.ts";

/** How much memory a keeper holds, and whether a region over it is open somewhere. */
export interface Usage {
  readonly sizeBytes: number;
  /** Undefined where the system does not tell. */
  readonly inUse: boolean | undefined;
}

/** Undefined for a keeper that has ended since it was found. */
export function readUsage(keeper: Keeper): Usage | undefined {
  const facts = readFacts(keeper);
  return facts === undefined ? undefined : { sizeBytes: Number(facts.size), inUse: isLocked(facts.dev, facts.ino) };
}

function readFacts({ descriptorPath }: Keeper): BigIntStats | undefined {
  try {
    return statSync(descriptorPath, { bigint: true });
  } catch {
    return undefined;
  }
}

/** Looked up in the kernel's list of locks, because trying to lock it would refuse others for that moment. */
function isLocked(device: bigint, inode: bigint): boolean | undefined {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  const hexadecimal = (number: bigint): string => number.toString(16).padStart(2, "0");
  try {
    return readFileSync("/proc/locks", "utf8").includes(` ${hexadecimal(major)}:${hexadecimal(minor)}:${inode} `);
  } catch {
    return undefined;
  }
}
