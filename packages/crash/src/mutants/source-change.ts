/** A place in a module's text, and what a mutant has there instead. */
export interface SourceChange {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /** What stands there. */
  readonly text: string;
  readonly replacement: string;
}

/** The change of what lies from `start` to `end`. */
export function changeAt(source: string, { start, end }: { start: number; end: number }, to: string): SourceChange {
  const line = source.slice(0, start).split("\n").length;
  return { start, end, line, text: source.slice(start, end), replacement: to };
}

export function applyChange(source: string, { start, end, replacement }: SourceChange): string {
  return source.slice(0, start) + replacement + source.slice(end);
}
