import type { Score } from "./prediction.ts";

const [size, margin] = [360, 48];

/** How right predictions are that are as sure as the horizontal axis says, as SVG. On the diagonal they are honest. */
export function reliabilityDiagram(
  series: readonly (readonly [title: string, colour: string, score: Score])[],
): string {
  const x = (share: number): string => (margin + share * size).toFixed(1);
  const y = (share: number): string => (margin + (1 - share) * size).toFixed(1);
  const lines = series.map(([title, colour, { bins }], index) => {
    const points = bins.map(({ confidence, accuracy }) => `${x(confidence)},${y(accuracy)}`);
    const dots = bins.map(
      ({ confidence, accuracy, count }) =>
        `<circle cx="${x(confidence)}" cy="${y(accuracy)}" r="${(2 + Math.log10(count)).toFixed(1)}" fill="${colour}"/>`,
    );
    return [
      `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...dots,
      `<text x="${margin + 12}" y="${margin + 20 + index * 18}" fill="${colour}">${title}</text>`,
    ].join("\n");
  });
  const whole = size + 2 * margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="${whole}" font-family="sans-serif" font-size="13">
<rect width="${whole}" height="${whole}" fill="white"/>
<rect x="${margin}" y="${margin}" width="${size}" height="${size}" fill="none" stroke="#888"/>
<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#888" stroke-dasharray="4"/>
<text x="${margin + size / 2}" y="${whole - 16}" text-anchor="middle">how sure the prediction is</text>
<text x="16" y="${whole / 2}" text-anchor="middle" transform="rotate(-90 16 ${whole / 2})">how often it is right</text>
${lines.join("\n")}
</svg>
`;
}
