import type { Region } from "@nodemm/pmem-native";

const operations = ["flush", "drain", "copy", "copyWithin", "copyWithinCrc32c", "fill", "publish"] as const;

/**
 * A process that uses a region and may be killed before any of the operations that put bytes on the medium. What it has
 * stored stays where it is, flushed or not, for the next process to find.
 *
 * It stands in the region's own way, by properties that count when they are read, and not around it: so the region still
 * sees who asks for an operation.
 */
export class MortalProcess {
  readonly #region: Region;
  readonly #views = new Set<ArrayBuffer>();
  #operationsLeft: number;

  /** @param operationsLeft how many operations it lives to do */
  constructor(region: Region, operationsLeft: number) {
    this.#region = region;
    this.#operationsLeft = operationsLeft;
    const methods = Object.getPrototypeOf(region) as Region;
    for (const operation of operations) {
      this.#stand(operation, () => {
        this.#live();
        return methods[operation];
      });
    }
    this.#stand("view", () => (offset: number, length: number) => {
      const view = methods.view.call(region, offset, length);
      this.#views.add(view);
      return view;
    });
    this.#stand("close", () => () => this.#forget());
  }

  get isKilled(): boolean {
    return this.#operationsLeft < 0;
  }

  /** Its memory is gone, whichever way it ended. */
  end(): void {
    this.#forget();
    for (const name of [...operations, "view", "close"]) Reflect.deleteProperty(this.#region, name);
  }

  #stand(name: keyof Region, get: () => unknown): void {
    Object.defineProperty(this.#region, name, { configurable: true, get });
  }

  /** The dead do nothing more, whatever their code would do about an error. */
  #live(): void {
    if (--this.#operationsLeft >= 0) return;
    this.#forget();
    throw new Error("killed");
  }

  #forget(): void {
    for (const view of this.#views) if (view.byteLength > 0) this.#region.releaseView(view);
    this.#views.clear();
  }
}
