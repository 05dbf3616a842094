import { wholeStack } from "../power-failure/call-site.ts";
import type { Findings } from "./finding.ts";

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Watches that bytes which only a transaction may change are changed by one that has been told of them before. */
export class TransactionWatch {
  readonly #findings: Findings;
  #protected: Range[] = [];
  /** Ranges that the open transaction has been told of; undefined between transactions. */
  #open: Range[] | undefined;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  protect(offset: number, length: number): void {
    this.#protected.push({ start: offset, end: offset + length });
  }

  /** What of a protected range lies in this one is free again. */
  unprotect(offset: number, length: number): void {
    const end = offset + length;
    this.#protected = this.#protected.flatMap((range) =>
      [
        { start: range.start, end: Math.min(range.end, offset) },
        { start: Math.max(range.start, end), end: range.end },
      ].filter((rest) => rest.start < rest.end),
    );
  }

  /** @throws TypeError inside a transaction */
  begin(): void {
    if (this.#open !== undefined) throw new TypeError("a transaction is open already; end it first");
    this.#open = [];
  }

  /** @throws TypeError outside a transaction */
  add(offset: number, length: number): void {
    if (this.#open === undefined) throw new TypeError("no transaction is open; begin one first");
    this.#open.push({ start: offset, end: offset + length });
  }

  /** @throws TypeError outside a transaction */
  end(): void {
    if (this.#open === undefined) throw new TypeError("no transaction is open; begin one first");
    this.#open = undefined;
  }

  /** A byte has been changed. */
  changed(offset: number, throughView: boolean): void {
    if (!holds(this.#protected, offset) || (this.#open !== undefined && holds(this.#open, offset))) return;
    this.#findings.add({ kind: "store outside transaction", offset, length: 1, throughView, stack: wholeStack() });
  }
}

function holds(ranges: readonly Range[], offset: number): boolean {
  return ranges.some(({ start, end }) => offset >= start && offset < end);
}
