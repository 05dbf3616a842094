/** The literals that stand in `.npy` headers: dictionaries, tuples, lists, texts, integers, True, False, None. Nothing is evaluated. */
export type PythonLiteral =
  string | number | boolean | null | readonly PythonLiteral[] | ReadonlyMap<string, PythonLiteral>;

/** Literals nested deeper are refused: a header needs three levels, one of records a few more. */
const depthMax = 32;

/**
 * The literal that a text holds, and nothing else beside it.
 * @throws SyntaxError
 */
export function parsePythonLiteral(text: string): PythonLiteral {
  let at = 0;

  const fail = (expected: string): never => {
    throw new SyntaxError(`expected ${expected} at character ${at}, found ${JSON.stringify(text.slice(at, at + 10))}`);
  };
  const skipSpace = (): void => {
    while (at < text.length && " \t\r\n".includes(text[at])) at++;
  };
  const take = (sign: string): boolean => {
    skipSpace();
    if (text[at] !== sign) return false;
    at++;
    return true;
  };

  const quoted = (): string => {
    const quote = text[at++];
    let result = "";
    for (;;) {
      const sign = text[at++];
      if (sign === undefined) fail("the end of a text");
      if (sign === quote) return result;
      // What follows a backslash stands for itself: names of fields, which are refused anyway.
      result += sign === "\\" ? (text[at++] ?? "") : sign;
    }
  };

  const items = (close: string, depth: number): PythonLiteral[] => {
    const result: PythonLiteral[] = [];
    while (!take(close)) {
      result.push(value(depth));
      if (take(",")) continue;
      if (!take(close)) fail(`"," or "${close}"`);
      // In parentheses it is the value itself.
      if (close === ")" && result.length === 1) fail('","');
      break;
    }
    return result;
  };

  const dictionary = (depth: number): ReadonlyMap<string, PythonLiteral> => {
    const result = new Map<string, PythonLiteral>();
    while (!take("}")) {
      const key = value(depth);
      if (typeof key !== "string" || result.has(key)) return fail("a key that is a text of its own");
      if (!take(":")) fail('":"');
      result.set(key, value(depth));
      if (!take(",")) {
        if (!take("}")) fail('"," or "}"');
        break;
      }
    }
    return result;
  };

  const value = (depth: number): PythonLiteral => {
    if (depth > depthMax) return fail("fewer levels");
    skipSpace();
    if (text[at] === "'" || text[at] === '"') return quoted();
    if (take("{")) return dictionary(depth + 1);
    if (take("(")) return items(")", depth + 1);
    if (take("[")) return items("]", depth + 1);
    // Python 2 wrote long integers with an L.
    const word = /^(?:[+-]?\d+(?=L?\b)|[A-Za-z]+)/u.exec(text.slice(at, at + 64))?.[0] ?? "";
    at += word.length;
    if (/\d/u.test(word)) {
      if (text[at] === "L") at++;
      return Number(word);
    }
    const names = new Map<string, PythonLiteral>([
      ["True", true],
      ["False", false],
      ["None", null],
    ]);
    return names.get(word) ?? (word === "None" ? null : fail("a literal"));
  };

  const result = value(0);
  skipSpace();
  if (at < text.length) fail("the end");
  return result;
}
