import type { Subject } from "./examine.ts";
import type { CheckProgress, Findings } from "./finding.ts";
import { probe } from "./medium.ts";

/** The data of one variable or item. */
export interface Stored {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  /** CRC of the data as sealed, or -1. */
  readonly seal: number;
  /** Whether it keeps a bad place of the medium from being used. */
  readonly isQuarantine: boolean;
}

/** What to do about bytes of a variable that the medium has lost. */
export const adviceForLost =
  "restore the variable from a copy; erase it, and repair keeps new variables away from the place";

/** Compares what is sealed with its seal and, where asked for, reads what is not, to find what the medium has lost. */
export function* checkData(
  { region, data, isSealed }: Subject,
  stored: readonly Stored[],
  findings: Findings,
): Generator<CheckProgress> {
  const read = stored.filter(({ bytes, seal, isQuarantine }) => !isQuarantine && (seal >= 0 || (data && bytes > 0)));
  const totalBytes = read.reduce((sum, { bytes }) => sum + bytes, 0);
  let doneBytes = 0;
  for (const { name, offset, bytes, seal } of read) {
    let readable = true;
    let crc = 0;
    let at = offset;
    const unreadable = (start: number, length: number): void => {
      readable = false;
      findings.add({
        structure: "medium",
        offset: start,
        severity: "error",
        message: `${length} bytes of ${JSON.stringify(name)} cannot be read from the medium`,
        advice: adviceForLost,
        variable: name,
      });
    };
    for (const length of probe(region, offset, bytes, unreadable)) {
      if (seal >= 0 && readable) crc = region.crc32c(at, length, crc);
      at += length;
      doneBytes += length;
      yield { phase: "data", doneBytes, totalBytes };
    }
    if (seal < 0 || !readable || crc === seal) continue;
    // An open shelf may have replaced, unsealed or erased it since the check began.
    if (isSealed?.(name, offset, seal) === false) continue;
    findings.add({
      structure: "seal",
      offset,
      severity: "error",
      message: `${JSON.stringify(name)} is not what was sealed: its bytes have CRC ${crc}, sealed was ${seal}`,
      advice: "restore the variable from a copy; if it was changed through a view without the shelf, seal it anew",
      variable: name,
    });
  }
}
