import { dram, type ExploreOptions, simulatePowerFailure } from "@nodemm/emulator";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { openSeries, type Series, tensorTypes } from "../../src/index.ts";

const columns = ["loss", "accuracy"];
/** A chunk of 1024 rows, and the one behind it. */
const shelfBytes = 512 * 1024;

function open(region: Parameters<typeof openShelf>[0]): { shelf: Shelf; series: Series } {
  const shelf = openShelf(region, { types: tensorTypes });
  return { shelf, series: openSeries(shelf, "log", { columns }) };
}

/** The last rows, and how many there are. */
function contentOf(series: Series): string {
  const lines = ["step", "time", ...columns].map((column) => series.toFloat64Array(column).slice(-4).join());
  return `${series.length}: ${lines.join(" | ")}`;
}

/** What a series of these rows looks like: `values[n]` is what row n was made of. */
function expectedOf(values: readonly number[]): string {
  const last = values.slice(-4);
  const lines = [last, last.map((value) => 2 * value), last.map((value) => value / 3), last.map((value) => -value)];
  return `${values.length}: ${lines.map((line) => line.join()).join(" | ")}`;
}

function append(series: Series, value: number): void {
  series.append(value, { loss: value / 3, accuracy: -value }, 2 * value);
}

/** Appends, and what a power failure may leave of them; with a full first chunk, also the growth. */
export function seriesExploration(granularity: "cache-line" | "page", full: boolean): ExploreOptions<string> {
  const before = full ? Array.from({ length: 1023 }, (_, row) => row + 1) : [];
  const image = preparedImage(before);
  return {
    nestedDepth: 1,
    limitPerPoint: 64,
    nestedLimitPerPoint: 16,
    create: () => dram({ image, granularity }),
    workload(region, context) {
      const values = [...before];
      context.expect(expectedOf(values));
      const { series } = open(region);
      for (const value of [5001, 5002, 5003]) {
        context.expect(expectedOf(values), expectedOf([...values, value]));
        append(series, value);
        values.push(value);
        context.expect(expectedOf(values));
      }
    },
    verify(region, context) {
      const { series } = open(region);
      const found = contentOf(series);
      if (!context.expected.includes(found)) {
        throw new Error(`found ${found}, expected ${context.expected.join(" or ")}`);
      }
      context.expect(found);
      if (context.crashes > 1) return;
      // The next row goes where the interrupted one was; a part of it must not complete that one.
      const rows = [...series.toFloat64Array("step")];
      context.expect(found, expectedOf([...rows, 7001]));
      append(series, 7001);
      context.expect(expectedOf([...rows, 7001]));
    },
  };
}

/** A shelf with a series of these rows; made once, so that every run begins with the same bytes. */
function preparedImage(values: readonly number[]): Uint8Array {
  const region = simulatePowerFailure(dram({ size: shelfBytes }));
  const { series } = open(region);
  for (const value of values) append(series, value);
  return region.durableImage();
}
