/** Transactions are synchronous: what would be over before its work is, or never begin it, is refused. */

const AsyncFunction = (async () => {
  await Promise.resolve();
}).constructor as FunctionConstructor;
const generators = [
  function* () {
    yield;
  },
  async function* () {
    yield await Promise.resolve();
  },
].map((each) => each.constructor as FunctionConstructor);

/**
 * Those of this realm: `util.types` knows the others too, and costs more than a fence. They are refused by their promise.
 * @throws TypeError
 */
export function checkSynchronous(work: unknown): void {
  if (typeof work !== "function") {
    throw new TypeError(`expected a function that makes the changes of the transaction, got ${typeof work}`);
  }
  // What almost all are; asking for its prototype is a call into the engine.
  if (work.constructor === Function) return;
  if (generators.some((each) => work instanceof each)) refuse("got a generator function, whose body would not run");
  if (work instanceof AsyncFunction) refuse("got an async function, which was not called");
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
