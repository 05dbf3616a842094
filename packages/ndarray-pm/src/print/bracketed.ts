/** Rows of words in brackets, wrapped and indented as NumPy's `_formatArray` does. */
export interface BracketStyle {
  readonly separator: string;
  readonly width: number;
  /** Of an axis longer than twice this, so many items are shown at each end; 0 shows all. */
  readonly edge: number;
  /** What stands before each line but the first. */
  readonly indent: string;
}

/** The text of an array of this shape whose elements, by their indices, are the words of `wordAt`. */
export function bracketed(
  shape: readonly number[],
  wordAt: (indices: readonly number[]) => string,
  style: BracketStyle,
): string {
  const { separator, edge } = style;
  const isCut = (length: number): boolean => edge > 0 && 2 * edge < length;

  function* shown(length: number): Generator<number | undefined> {
    const begin = isCut(length) ? edge : 0;
    for (let index = 0; index < begin; index++) yield index;
    if (isCut(length)) yield undefined;
    for (let index = isCut(length) ? length - edge : 0; index < length; index++) yield index;
  }

  const row = (indices: readonly number[], indent: string, width: number): string => {
    const length = shape[indices.length];
    const room = width - Math.max(separator.trimEnd().length, 1);
    let text = "";
    let line = indent;
    for (const index of shown(length)) {
      const word = index === undefined ? "..." : wordAt([...indices, index]);
      // A line that holds nothing yet does not get shorter by wrapping it.
      if (line.length + word.length > room && line.length > indent.length) {
        text += `${line.trimEnd()}\n`;
        line = indent;
      }
      line += index === length - 1 ? word : word + separator;
    }
    return text + line;
  };

  const nested = (indices: readonly number[], indent: string, width: number): string => {
    const axesLeft = shape.length - indices.length;
    if (axesLeft === 1) return `[${row(indices, indent, width).slice(indent.length)}]`;
    const items = Array.from(shown(shape[indices.length]), (index) =>
      index === undefined ? "..." : nested([...indices, index], `${indent} `, width - 1),
    );
    return `[${items.join(separator.trimEnd() + "\n".repeat(axesLeft - 1) + indent)}]`;
  };
  return nested([], style.indent, style.width);
}
