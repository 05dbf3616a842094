import { existsSync } from "node:fs";
import { PmemError } from "@nodemm/pmem-native";
import { clearDevice } from "../map-path.ts";
import { checkShelfAsync } from "../check/check-shelf.ts";
import type { CheckReport, Finding } from "../check/finding.ts";
import { quarantineType } from "../quarantine.ts";
import { openShelf } from "../open-shelf.ts";
import { repairShelf } from "../repair/repair-shelf.ts";
import type { Shelf } from "../shelf.ts";
import { exitCode, type JsonOption, print, progress, visible } from "./output.ts";

export async function checkCommand(path: string, { json, data }: JsonOption & { data?: boolean }): Promise<void> {
  const bar = progress("checking");
  const stopping = new AbortController();
  const stop = (): void => stopping.abort("interrupted");
  process.once("SIGINT", stop);
  let report: CheckReport;
  try {
    report = await checkShelfAsync(path, {
      data: data === true,
      signal: stopping.signal,
      onProgress: ({ doneBytes, totalBytes }) => bar.show(doneBytes, totalBytes),
    });
  } finally {
    bar.end();
    process.off("SIGINT", stop);
  }
  print(json, report, describe(path, report));
  if (!report.ok) process.exitCode = exitCode.failed;
}

export function repairCommand(path: string, { json, recovery }: JsonOption & { recovery?: string }): void {
  const report = repairShelf(path, recovery === undefined ? {} : { recoveryPath: recovery });
  const lines = [
    ...report.repairs.map(({ message, structure, offset }) => `repaired  ${structure} at ${offset}: ${message}`),
    ...report.quarantined.map(({ name, bytes }) => `set aside ${bytes} bad bytes of free space as ${name}`),
    ...(report.recoveryPath === undefined ? [] : [`what was overwritten is in ${report.recoveryPath}`]),
  ];
  if (lines.length === 0)
    lines.push(
      report.after.ok && report.after.findings.length === 0 ? "nothing is wrong" : "nothing could be repaired",
    );
  print(json, report, [...lines, describe(path, report.after)].join("\n"));
  if (!report.after.ok) process.exitCode = exitCode.failed;
}

export function sealCommand(path: string, names: readonly string[], { json }: JsonOption): void {
  const sealed = change(path, names, (shelf, chosen) => shelf.seal(...chosen));
  print(json, sealed, `sealed ${sealed.map(visible).join(", ")}`);
}

export function unsealCommand(path: string, names: readonly string[], { json }: JsonOption): void {
  const unsealed = change(path, names, (shelf, chosen) => shelf.unseal(...chosen));
  print(json, unsealed, `unsealed ${unsealed.map(visible).join(", ")}`);
}

export function resetCommand(device: string, { json, yes }: JsonOption & { yes?: boolean }): void {
  if (yes !== true) throw new TypeError(`everything on ${device} would be gone for good; add --yes to do it`);
  clearDevice(device);
  print(json, { cleared: device }, `cleared ${device}`);
}

/** Types whose bytes have no seal: lists have none of their own, and bad places are not read. */
const unsealed: ReadonlySet<string | undefined> = new Set(["list", quarantineType]);

function change(
  path: string,
  names: readonly string[],
  work: (shelf: Shelf, chosen: readonly string[]) => void,
): readonly string[] {
  // Opening would speak of a size to make a shelf with, which no option of this command gives.
  if (!existsSync(path)) throw new PmemError("ERR_PMEM_NOT_FOUND", path, `${path} does not exist; check the path`);
  using shelf = openShelf(path);
  const chosen = names.length > 0 ? names : [...shelf.keys()].filter((name) => !unsealed.has(shelf.info(name)?.type));
  work(shelf, chosen);
  return chosen;
}

function describe(path: string, { ok, kind, findings, findingsOmitted, facts }: CheckReport): string {
  const what = facts === undefined ? "" : `, ${facts.names} names, ${facts.data} bytes of data`;
  const verdict = ok ? `whole${what}` : kind === "shelf" ? `damaged${what}` : `not a shelf (${kind})`;
  const omitted = findingsOmitted > 0 ? [`and ${findingsOmitted} more findings`] : [];
  return [`${path}: ${verdict}`, ...findings.map(line), ...omitted].join("\n");
}

function line({ severity, structure, offset, message, advice }: Finding): string {
  return `${severity}: ${structure} at ${offset}: ${message}\n  ${advice}`;
}
