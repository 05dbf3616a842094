/** One line of results: our figure beside one peer's. The names are stable, tools read them. */
export interface Row {
  /** `<workload id>/<peer>`, unique within a results file. */
  readonly id: string;
  readonly workload: string;
  /** Median of our samples, in `unit`. */
  readonly ours: number;
  /** Median of the peer's samples, in `unit`; null where the peer is absent. */
  readonly peer: number | null;
  readonly peerName: string;
  /** Why the peer is absent; null where it is present. */
  readonly absent: string | null;
  readonly unit: string;
  readonly better: "higher" | "lower";
  /** `ours / peer`; null where the peer is absent. */
  readonly ratio: number | null;
  /** The ratio to reach; null where the ratio is reported only. */
  readonly bar: number | null;
  /** Whether the ratio reaches the bar; null without a bar or without a peer. */
  readonly pass: boolean | null;
  /** File system and device under the files of both. */
  readonly medium: string;
  /** What our figure's work survives, and the peer's (null where absent). */
  readonly durability: string;
  readonly peerDurability: string | null;
  /** Every sample, in the order taken; the peer's are interleaved with ours. */
  readonly samples: { readonly ours: readonly number[]; readonly peer: readonly number[] };
}

/** Whether a ratio reaches a bar. */
export function passes(ratio: number, bar: number, better: "higher" | "lower"): boolean {
  return better === "higher" ? ratio >= bar : ratio <= bar;
}

/**
 * Says what is wrong with a value that claims to be a row, one line a fault; empty for a good row. Beyond types it
 * checks that the figures agree with one another: a row that nobody measured does not pass.
 */
export function faultsOfRow(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [`expected a row object, found ${String(value)}`];
  const row = value as Partial<Record<keyof Row, unknown>>;
  const faults: string[] = [];
  const expect = (key: keyof Row, what: string, holds: (found: unknown) => boolean): void => {
    if (!holds(row[key])) faults.push(`${key}: expected ${what}, found ${JSON.stringify(row[key])}`);
  };
  for (const key of ["id", "workload", "peerName", "unit", "medium", "durability"] as const)
    expect(key, "text", (found) => typeof found === "string" && found !== "");
  expect("better", '"higher" or "lower"', (found) => found === "higher" || found === "lower");
  expect("ours", "a positive number", isPositive);
  expect("bar", "a positive number or null", (found) => found === null || isPositive(found));
  expect("samples", "two arrays of positive numbers", isSamples);
  if (row.peer === null) {
    expect("absent", "a reason, as there is no peer", (found) => typeof found === "string" && found !== "");
    expect("ratio", "null, as there is no peer", (found) => found === null);
    expect("pass", "null, as there is no peer", (found) => found === null);
    expect("peerDurability", "null, as there is no peer", (found) => found === null);
  } else {
    expect("peer", "a positive number or null", isPositive);
    expect("absent", "null, as there is a peer", (found) => found === null);
    expect("peerDurability", "text", (found) => typeof found === "string" && found !== "");
    if (faults.length === 0) faults.push(...disagreements(value as Row));
  }
  return faults;
}

function disagreements(row: Row): string[] {
  const ratio = row.ours / row.peer!;
  const pass = row.bar === null ? null : passes(ratio, row.bar, row.better);
  const faults: string[] = [];
  if (row.ratio !== ratio) faults.push(`ratio: expected ours / peer = ${ratio}, found ${row.ratio}`);
  if (row.pass !== pass) faults.push(`pass: expected ${pass}, found ${row.pass}`);
  if (row.samples.peer.length !== row.samples.ours.length)
    faults.push(
      `samples: expected as many of the peer as of ours (${row.samples.ours.length}), found ${row.samples.peer.length}`,
    );
  return faults;
}

function isPositive(found: unknown): found is number {
  return typeof found === "number" && Number.isFinite(found) && found > 0;
}

function isSamples(found: unknown): boolean {
  if (typeof found !== "object" || found === null) return false;
  const { ours, peer } = found as { ours?: unknown; peer?: unknown };
  return (
    Array.isArray(ours) && ours.length > 0 && ours.every(isPositive) && Array.isArray(peer) && peer.every(isPositive)
  );
}
