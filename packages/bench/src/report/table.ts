import Table from "cli-table3";

import type { Row } from "../row.ts";
import { relativeSpread } from "../statistics.ts";
import { formatFigure } from "./format.ts";

/** The rows as an aligned table: for each workload a line of ours, then a line for each peer. */
export function formatTable(rows: readonly Row[]): string {
  const table = new Table({
    head: ["workload", "", "median", "ours / peer", "bar", "", "medium", "a sample survives"],
    colAligns: ["left", "left", "right", "right", "right", "left", "left", "left"],
    style: { head: [], border: [], compact: true },
  });
  let previous = "";
  for (const row of rows) {
    const workload = row.id.slice(0, row.id.lastIndexOf("/"));
    if (workload !== previous)
      table.push([
        row.workload,
        "ours",
        figure(row.ours, row.unit, row.samples.ours),
        "",
        "",
        "",
        row.medium,
        row.durability,
      ]);
    previous = workload;
    table.push([
      "",
      row.peerName,
      row.peer === null ? "absent" : figure(row.peer, row.unit, row.samples.peer),
      row.ratio === null ? "" : `${row.ratio.toFixed(2)}x`,
      row.bar === null ? "" : `${row.better === "higher" ? ">=" : "<="} ${row.bar.toFixed(2)}x`,
      row.pass === null ? "" : row.pass ? "pass" : "MISSED",
      "",
      row.peerDurability ?? "",
    ]);
  }
  return table.toString();
}

/** Peers that are absent, one line each with the reason. */
export function formatAbsences(rows: readonly Row[]): string[] {
  const reasons = new Map(rows.filter((row) => row.absent !== null).map((row) => [row.peerName, row.absent!]));
  return [...reasons].map(([name, reason]) => `absent: ${name} (${reason})`);
}

function figure(value: number, unit: string, samples: readonly number[]): string {
  return `${formatFigure(value, unit)} ±${Math.round(relativeSpread(samples) * 100)}%`;
}
