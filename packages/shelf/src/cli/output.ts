import Table from "cli-table3";

/** What shells are told: all is well; something is damaged or went wrong; the command line makes no sense. */
export const exitCode = { fine: 0, failed: 1, misuse: 2 } as const;

export interface JsonOption {
  readonly json?: boolean;
}

/** Prints a result for programs, or for people. */
export function print(json: boolean | undefined, result: unknown, text: string): void {
  process.stdout.write(json === true ? `${JSON.stringify(result, replacer, 2)}\n` : text === "" ? "" : `${text}\n`);
}

/** A reader that has seen enough, such as `head`, is no error; a full disk is one, and is told in words. */
export function watchOutput(): void {
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    process.stderr.write(`nodemm: the output cannot be written: ${error.message}\n`);
    process.exitCode = exitCode.failed;
  });
}

/** JSON has no big integers, and typed arrays as objects help nobody. */
function replacer(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return [...(value as Uint8Array)];
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
  return value instanceof Set ? [...(value as Set<unknown>)] : value;
}

/** A name as it can be printed: what would move the cursor or change colours is shown as JSON does. */
export function visible(name: string): string {
  return /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u.test(name)
    ? JSON.stringify(name).replaceAll(
        /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu,
        (each) => `\\u${each.codePointAt(0)!.toString(16).padStart(4, "0")}`,
      )
    : name;
}

/** Columns under headings, without lines: to be read, and cut by other programs. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly number[],
): string {
  const nothing = Object.fromEntries(
    ["top", "bottom", "left", "right", "mid"].flatMap((side) =>
      ["", "-mid", "-left", "-right"].map((part) => [`${side}${part}`, ""]),
    ),
  );
  const drawn = new Table({
    head: [...head],
    chars: { ...nothing, middle: "  " },
    colAligns: head.map((_, index) => (numbers.includes(index) ? "right" : "left")),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  drawn.push(...rows.map((row) => [...row]));
  return drawn.toString();
}

/** Shows how far something is on the error stream, where that is a terminal; returns what ends it. */
export function progress(what: string): {
  readonly show: (done: number, total: number) => void;
  readonly end: () => void;
} {
  const isTerminal = process.stderr.isTTY;
  return {
    show(done, total) {
      if (isTerminal) process.stderr.write(`\r${what}: ${total === 0 ? 100 : Math.floor((100 * done) / total)} % `);
    },
    end() {
      if (isTerminal) process.stderr.write("\r\u001b[K");
    },
  };
}
