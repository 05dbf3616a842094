import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Machine } from "../machine.ts";
import { faultsOfRow, type Row } from "../row.ts";

/** What `bench/results/latest.json` holds. */
export interface Results {
  /** Changes when a field changes its meaning. */
  readonly version: 1;
  readonly package: string;
  /** A quick run: fewer and smaller samples. */
  readonly quick: boolean;
  /** The `--filter` of the run; null where all workloads ran. */
  readonly filter: string | null;
  readonly machine: Machine;
  readonly rows: readonly Row[];
}

/**
 * Writes `latest.json` into a directory, made when missing; a reader sees the old file or the new one, never half of it.
 * Returns its path.
 * @throws TypeError where a row is not in order: results that contradict themselves are not kept
 */
export function writeResults(directory: string, results: Results): string {
  const faults = results.rows.flatMap((row) => faultsOfRow(row).map((fault) => `${row.id}: ${fault}`));
  if (faults.length > 0) throw new TypeError(`expected rows in order, found:\n${faults.join("\n")}`);
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "latest.json");
  writeFileSync(`${path}.new`, `${JSON.stringify(results, null, 2)}\n`);
  renameSync(`${path}.new`, path);
  return path;
}
