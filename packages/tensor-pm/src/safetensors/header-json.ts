/**
 * The JSON of a header, parsed strictly: `JSON.parse` keeps the last of keys that stand twice and rounds numbers, which
 * would let two readers see two files in one. Values are strings, whole numbers, arrays and objects of at most so many
 * levels; nothing else stands in a header.
 */
import { SafetensorsError } from "./errors.ts";

/** A Map, so that `__proto__` is a key as any other. */
export type HeaderValue = string | number | readonly HeaderValue[] | ReadonlyMap<string, HeaderValue>;

const levelsMax = 4;
const whitespace = /[ \t\n\r]*/uy;
const whole = /(?:0|[1-9]\d*)(?![\d.eE])/uy;

/** @throws SafetensorsError `ERR_SAFETENSORS_HEADER`, `ERR_SAFETENSORS_DUPLICATE` */
export function parseHeaderJson(json: string): HeaderValue {
  return new Parser(json).parse();
}

class Parser {
  readonly #json: string;
  #at = 0;

  constructor(json: string) {
    this.#json = json;
  }

  parse(): HeaderValue {
    // The reference implementation wants the brace at once.
    if (this.#json[0] !== "{") this.#fail("a { at the beginning");
    const value = this.#value(0);
    this.#skip();
    if (this.#at !== this.#json.length) this.#fail("nothing but spaces behind the last }");
    return value;
  }

  #value(level: number): HeaderValue {
    if (level > levelsMax) this.#fail(`at most ${levelsMax} levels`);
    this.#skip();
    switch (this.#json[this.#at]) {
      case "{":
        return this.#object(level);
      case "[":
        return this.#array(level);
      case '"':
        return this.#text();
      default:
        return this.#number();
    }
  }

  #object(level: number): ReadonlyMap<string, HeaderValue> {
    const entries = new Map<string, HeaderValue>();
    this.#list("}", () => {
      this.#skip();
      const key = this.#text();
      if (entries.has(key)) {
        throw new SafetensorsError("ERR_SAFETENSORS_DUPLICATE", `The header names ${JSON.stringify(key)} twice`, {
          tensor: key,
        });
      }
      this.#skip();
      this.#expect(":");
      entries.set(key, this.#value(level + 1));
    });
    return entries;
  }

  #array(level: number): readonly HeaderValue[] {
    const items: HeaderValue[] = [];
    this.#list("]", () => items.push(this.#value(level + 1)));
    return items;
  }

  #list(end: string, item: () => void): void {
    this.#at++;
    this.#skip();
    if (this.#json[this.#at] === end) {
      this.#at++;
      return;
    }
    for (;;) {
      item();
      this.#skip();
      if (this.#json[this.#at] === ",") this.#at++;
      else break;
    }
    this.#expect(end);
  }

  #text(): string {
    const json = this.#json;
    const start = this.#at;
    let end = start + 1;
    // No pattern: it would remember a way back for each character, and run out of room in a text of some megabytes.
    while (end < json.length && json[end] !== '"') end += json[end] === "\\" ? 2 : 1;
    const found = json.slice(start, end + 1);
    try {
      if (found.startsWith('"')) {
        const text = JSON.parse(found) as string;
        this.#at = end + 1;
        return text;
      }
    } catch {
      // Not closed, with a control character, or with an escape that JSON does not have.
    }
    return this.#fail("a string");
  }

  #number(): number {
    const value = Number(this.#match(whole, "a whole number"));
    if (!Number.isSafeInteger(value)) this.#fail("a number below 2^53");
    return value;
  }

  #match(pattern: RegExp, expected: string): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#json)?.[0];
    if (found === undefined) return this.#fail(expected);
    this.#at += found.length;
    return found;
  }

  #expect(character: string): void {
    if (this.#json[this.#at] !== character) this.#fail(character);
    this.#at++;
  }

  #skip(): void {
    whitespace.lastIndex = this.#at;
    this.#at += whitespace.exec(this.#json)![0].length;
  }

  #fail(expected: string): never {
    const found = JSON.stringify(this.#json.slice(this.#at, this.#at + 20));
    throw new SafetensorsError(
      "ERR_SAFETENSORS_HEADER",
      `Expected ${expected} at character ${this.#at} of the header, found ${found}; is it a safetensors file?`,
    );
  }
}
