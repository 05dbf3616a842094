import Table from "cli-table3";

import type { Row } from "../row.ts";
import { relativeSpread } from "../statistics.ts";
import { formatWithUnit } from "./format.ts";

/** The rows as an aligned table of plain characters, one workload after the other. */
export function formatTable(rows: readonly Row[]): string {
  const table = new Table({
    head: ["workload", "ours", "peer", "", "ratio", "bar", "", "medium", "durable"],
    colAligns: ["left", "right", "left", "right", "right", "right", "left", "left", "left"],
    style: { head: [], border: [], compact: true },
  });
  let previous = "";
  for (const row of rows) {
    const first = row.workload + row.medium !== previous;
    previous = row.workload + row.medium;
    table.push([
      first ? row.workload : "",
      first ? withSpread(row.ours, row.unit, row.samples.ours) : "",
      row.peerName,
      row.peer === null ? "absent" : withSpread(row.peer, row.unit, row.samples.peer),
      row.ratio === null ? "" : `${row.ratio.toFixed(2)}x`,
      row.bar === null ? "" : `${row.better === "higher" ? ">=" : "<="} ${row.bar.toFixed(2)}`,
      row.pass === null ? "" : row.pass ? "pass" : "MISSED",
      first ? row.medium : "",
      durabilityOf(row),
    ]);
  }
  return table.toString();
}

/** Peers that are absent, one line each with the reason. */
export function formatAbsences(rows: readonly Row[]): string[] {
  const reasons = new Map(rows.filter((row) => row.absent !== null).map((row) => [row.peerName, row.absent!]));
  return [...reasons].map(([name, reason]) => `absent: ${name} (${reason})`);
}

function withSpread(value: number, unit: string, samples: readonly number[]): string {
  return `${formatWithUnit(value, unit)} ±${Math.round(relativeSpread(samples) * 100)}%`;
}

function durabilityOf(row: Row): string {
  if (row.peerDurability === null || row.peerDurability === row.durability) return row.durability;
  return `${row.durability}; peer: ${row.peerDurability}`;
}
