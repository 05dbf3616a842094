/** Transactions are synchronous: what would be over before its work is, or never begin it, is refused. */

/**
 * By what functions of these kinds call themselves, in every realm; `util.types` knows them too, and costs more than a
 * fence. Plain functions have no such name.
 * @throws TypeError
 */
export function checkSynchronous(work: unknown): void {
  if (typeof work !== "function") {
    throw new TypeError(`expected a function that makes the changes of the transaction, got ${typeof work}`);
  }
  switch ((work as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]) {
    case undefined:
      return;
    case "AsyncFunction":
      return refuse("got an async function, which was not called");
    case "GeneratorFunction":
    case "AsyncGeneratorFunction":
      return refuse("got a generator function, whose body would not run");
  }
}

/** @throws TypeError for a promise */
export function refusePromise<Result>(result: Result): Result {
  if (typeof (result as { then?: unknown } | null | undefined)?.then === "function") {
    refuse("the function returned a promise");
  }
  return result;
}

function refuse(found: string): never {
  throw new TypeError(
    `a transaction must be synchronous: ${found}; await before the transaction, not inside, so that nothing else runs in it`,
  );
}
