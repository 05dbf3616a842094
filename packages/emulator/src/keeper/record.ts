/** What a keeper says of itself: in the label of its memory, which the kernel shows, and in its environment. */
import { PmemError } from "@nodemm/pmem-native";

/** The descriptor by which a keeper holds its memory. */
export const keeperDescriptor = 3;

/** The environment variable of a keeper that holds its {@link KeeperRecord}. */
export const recordVariable = "NODEMM_KEEPER";

/** What kind of pages the memory lies on: set aside by the administrator, put together by the kernel, or usual ones. */
export type Pages = "hugetlb" | "transparent-huge" | "base";

export interface KeeperRecord {
  readonly name: string;
  /** See `keeperScope`. */
  readonly scope: string;
  /** The label of the memory: no two are the same. */
  readonly label: string;
  readonly pages: Pages;
  /** When it was started, as `Date.prototype.toISOString` writes it. */
  readonly since: string;
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/u;

/** @throws TypeError unless `name` can be the name of a memory */
export function checkName(name: unknown): string {
  if (typeof name === "string" && namePattern.test(name)) return name;
  const found = typeof name === "string" ? JSON.stringify(name) : typeof name;
  throw new TypeError(
    `name must be 1 to 100 letters, digits, dots, dashes and underscores that begin with a letter or digit, got ${found}`,
  );
}

export function parseRecord(text: string): KeeperRecord | undefined {
  try {
    return JSON.parse(text) as KeeperRecord;
  } catch {
    return undefined;
  }
}

export function checkPlatform(name: string): void {
  if (process.platform === "linux") return;
  throw new PmemError(
    "ERR_PMEM_UNSUPPORTED",
    name,
    `memory that outlives its maker needs Linux, and this is ${process.platform}; use dram(), or a file with mapFile`,
  );
}
