/** How much a finding matters: something to know, something that will need care, or damage. */
export type Severity = "note" | "warning" | "error";

/** What a finding is about. */
export type Structure =
  | "medium"
  | "superblock"
  | "catalog header"
  | "catalog frame"
  | "catalog operation"
  | "extent"
  | "free space"
  | "undo lane"
  | "seal";

/** One thing that `check` saw. */
export interface Finding {
  readonly structure: Structure;
  /** Where it lies, in bytes from the start of the shelf. */
  readonly offset: number;
  /** `error` is damage: the shelf does not open, or a value is not what was stored. */
  readonly severity: Severity;
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
  /** The variable concerned. */
  readonly variable?: string;
}

/** What `check` knows of the shelf as a whole, as far as it could be read. Figures are bytes unless they say otherwise. */
export interface ShelfFacts {
  /** 32 hexadecimal digits. */
  readonly uuid: string;
  readonly size: number;
  readonly catalog: number;
  /** Bytes of variables' data, without what their names and small values take in the catalog. */
  readonly data: number;
  readonly names: number;
}

/** The outcome of a check. */
export interface CheckReport {
  readonly source: string;
  /** `unfinished` is a creation that was cut short, `blank` nothing but zeros, `foreign` something else. */
  readonly kind: "shelf" | "unfinished" | "blank" | "foreign";
  /** Whether this is a shelf and no finding is an error. */
  readonly ok: boolean;
  /** In the order in which they were found, at most a thousand. */
  readonly findings: readonly Finding[];
  /** How many more there were. */
  readonly findingsOmitted: number;
  /** Undefined where no superblock can be read. */
  readonly facts: ShelfFacts | undefined;
}

/** How far a check has come. */
export interface CheckProgress {
  readonly phase: "metadata" | "data";
  /** Bytes read so far, and to be read in all, of this phase. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

const keptMax = 1000;

/** Collects findings without taking memory for all that damage can cause. */
export class Findings {
  readonly kept: Finding[] = [];
  #omitted = 0;
  #errors = 0;

  get omitted(): number {
    return this.#omitted;
  }

  get errors(): number {
    return this.#errors;
  }

  add(finding: Finding): void {
    if (finding.severity === "error") this.#errors++;
    if (this.kept.length < keptMax) this.kept.push(finding);
    else this.#omitted++;
  }
}
