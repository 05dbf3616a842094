/** What a writer said is durable, and whether it is found again. */
export class Acknowledged {
  /** The last operation of each place that the writer said was done. */
  readonly #done = new Map<string, number>();
  readonly #problems: string[] = [];
  operations = 0;
  /** Lines since {@link begin}. */
  lines = 0;
  readonly #found = new Map<string, number>();

  /** A writer starts on what a power cut left. */
  begin(): void {
    this.#found.clear();
    this.lines = 0;
  }

  hear(line: string): void {
    this.lines++;
    const [word, place, text] = line.split(" ", 3);
    const number = Number(text);
    if (word === "found") {
      this.#found.set(place, number);
      const done = this.#done.get(place) ?? -1;
      if (number < done) this.#problems.push(`${place}: operation ${done} was acknowledged, found only ${number}`);
      // One operation may have been durable before it was said to be, and what was said last may not have been heard.
      this.#done.set(place, Math.max(number, done));
    } else if (word === "done") {
      this.operations++;
      if (number === 0 && this.#done.has(place)) this.#problems.push(`${place}: the shelf was empty again`);
      this.#found.set(place, Math.max(number, this.#found.get(place) ?? 0));
      this.#done.set(place, number);
    } else if (word === "broken") this.#problems.push(line);
  }

  /** Whether the writer has looked at so many places and found all that was acknowledged. */
  looked(places: number): boolean {
    return this.#problems.length > 0 || this.#found.size >= places;
  }

  /** @throws Error with everything that was lost or mixed */
  assertWhole(): void {
    if (this.#problems.length > 0) throw new Error(this.#problems.join("\n"));
  }
}
