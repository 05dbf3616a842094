import Table from "cli-table3";
import type { Figures, Sums } from "./figures.ts";

/** The figures for people: a table, then what went wrong. */
export function formatSummary(figures: Figures): string {
  const table = new Table({
    head: ["suite", "explorations", "crash points", "states", "verified", "nested crashes", "violations"],
    colAligns: ["left", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  const row = (title: string, sums: Sums): string[] => [
    title,
    ...[sums.explorations, sums.points, sums.states, sums.verified, sums.nested, sums.violations].map(grouped),
  ];
  for (const [suite, sums] of Object.entries(figures.suites)) table.push(row(suite, sums));
  table.push(row("all", figures));
  const { form, seed, nextSeed, workers, distinctImages, imagesPerSecondPerCore, seconds, described, survivors } =
    figures;
  return [
    table.toString(),
    `${form} form, seed ${seed}: ${grouped(figures.states)} states explored, ${grouped(distinctImages)} distinct images, ` +
      `${grouped(figures.nested)} nested crashes, ${grouped(figures.violations)} violations, ` +
      `${figures.mutantsCaught} of ${figures.mutantsTotal} mutants caught`,
    `${Math.round(seconds)} s with ${workers} processes, ${grouped(imagesPerSecondPerCore)} images/s a core; ` +
      `--seed ${nextSeed} goes on with others`,
    ...described.flatMap(({ replay, error, stack }) => [
      `violation: pnpm crash --replay ${JSON.stringify(replay)}`,
      indented(error),
      indented(`power failed before\n${stack}`),
    ]),
    ...survivors.map((name) => `not caught: ${name}`),
  ].join("\n");
}

function grouped(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

function indented(text: string): string {
  return text.replaceAll(/^/gmu, "  ");
}
