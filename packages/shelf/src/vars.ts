import type { Shelf } from "./shelf.ts";

/**
 * The shelf as an object: `vars.x` is `get("x")`, `vars.x = value` is `set`, `delete vars.x` is `delete`, `"x" in vars` is
 * `has`, and the usual enumeration gives the names. Names are data: `vars.constructor` is a variable or undefined.
 */
export function makeVars<Variables extends object>(shelf: Shelf<Variables>): Variables {
  const names = shelf as unknown as Shelf;
  return new Proxy(Object.create(null) as Variables, {
    get: (_, name) => (typeof name === "string" ? names.get(name) : undefined),
    set(_, name, value: unknown) {
      // A symbol is refused as any other name that is no string.
      names.set(name as string, value);
      return true;
    },
    has: (_, name) => typeof name === "string" && names.has(name),
    deleteProperty(_, name) {
      if (typeof name === "string") names.delete(name);
      return true;
    },
    ownKeys: () => [...names.keys()],
    getOwnPropertyDescriptor(_, name) {
      if (typeof name !== "string" || !names.has(name)) return undefined;
      return { value: names.get(name), writable: true, enumerable: true, configurable: true };
    },
    defineProperty() {
      throw new TypeError("a variable has no attributes; store its value by assignment: shelf.vars.x = value");
    },
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  });
}
