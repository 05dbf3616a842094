/** What `console.log` prints of the classes that keep all that they have to themselves. */
import { inspect, type InspectOptions } from "node:util";

const custom = Symbol.for("nodejs.util.inspect.custom");

/** Has values of a class printed so; `depth` is below 0 where they lie deeper than is shown. */
export function printAs<Value extends object>(
  prototype: Value,
  show: (value: Value, depth: number, options: InspectOptions) => string,
): void {
  Object.defineProperty(prototype, custom, {
    value(this: Value, depth: number, options: InspectOptions) {
      return show(this, depth, options);
    },
  });
}

/** Only what is shown is opened: there may be millions. */
function limitOf({ maxArrayLength }: InspectOptions): number {
  return maxArrayLength ?? Infinity;
}

function showMore(count: number, shown: number): string {
  return count > shown ? ` and ${count - shown} more` : "";
}

/** What both kinds of lists print: their items, as an array does. */
export function showList(list: Iterable<unknown>, length: number, depth: number, options: InspectOptions): string {
  const title = `List(${length})`;
  if (depth < 0) return `[${title}]`;
  const items: unknown[] = [];
  for (const item of list) {
    if (items.length >= limitOf(options)) break;
    items.push(item);
  }
  return `${title} ${inspect(items, { ...options, depth })}${showMore(length, items.length)}`;
}

/** What can be asked of a shelf and of a reader alike. */
interface Named {
  readonly source: string;
  readonly closed: boolean;
  readonly size: number;
  keys(): Iterable<string>;
  info(name: string): { readonly type: string } | undefined;
}

/** Names and types; values are not opened for being printed. */
export function showNames(title: string, shelf: Named, depth: number, options: InspectOptions): string {
  const source = inspect(shelf.source);
  if (shelf.closed) return `${title} ${source}, closed`;
  const head = `${title}(${shelf.size}) ${source}`;
  if (depth < 0) return `[${head}]`;
  const types = new Map<string, unknown>();
  for (const name of shelf.keys()) {
    if (types.size >= limitOf(options)) break;
    types.set(name, { [custom]: () => shelf.info(name)!.type });
  }
  const text = inspect(types, { ...options, depth: 1, maxArrayLength: null });
  return `${head} ${text.slice(text.indexOf("{"))}${showMore(shelf.size, types.size)}`;
}
