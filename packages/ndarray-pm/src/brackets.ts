/**
 * How many indices are refused: loops begin at 0, and whoever tries brackets tries them with a small number. More would be
 * refused by a proxy, which every `instanceof` of something else would have to pass.
 */
const indicesRefused = 64;

/**
 * Makes `x[0]` and `x[0] = 5` throw a TypeError: in JavaScript the one is undefined, and the other makes a property of the
 * object and leaves the elements alone, both in silence.
 */
export function refuseBrackets(prototype: object): void {
  for (let index = 0; index < indicesRefused; index++) {
    Object.defineProperty(prototype, index, {
      get(): never {
        throw new TypeError(
          `x[${index}] is nothing of an NDArray x: take x.get(${index}), or x.slice(${index}) of a row`,
        );
      },
      set(): never {
        throw new TypeError(
          `x[${index}] is nothing of an NDArray x: take x.set(${index}, value), or x.slice(${index}).fill(value) of a row`,
        );
      },
    });
  }
}
