import type { PmemError } from "./errors.ts";
import type { FaultListener } from "./region.ts";

/** How often a region with listeners is looked at. */
const intervalMs = 50;

/** @throws TypeError for what is no function. Shared by every backend. */
export function checkFaultListener(listener: unknown): void {
  if (typeof listener === "function") return;
  throw new TypeError(`onFault takes a function that is called with the error, got ${typeof listener}; pass one`);
}

/**
 * Who wants to hear of a region's fault.
 *
 * A fault comes as a signal, perhaps in the middle of an access of another thread, and its handler may call nothing of
 * the runtime: it leaves a mark, at which a timer looks while anybody listens.
 */
export class FaultListeners {
  readonly #look: () => PmemError | undefined;
  readonly #listeners: Set<{ readonly call: FaultListener }> = new Set<{ readonly call: FaultListener }>();
  #timer: NodeJS.Timeout | undefined;

  /** @param look the region's fault, once it has one; must not hold the region, which could never be collected then */
  constructor(look: () => PmemError | undefined) {
    this.#look = look;
  }

  add(listener: FaultListener): () => void {
    checkFaultListener(listener);
    const entry = { call: listener };
    this.#listeners.add(entry);
    this.#timer ??= setInterval(() => this.#tell(), intervalMs).unref();
    return () => {
      this.#listeners.delete(entry);
      if (this.#listeners.size === 0) this.clear();
    };
  }

  clear(): void {
    this.#listeners.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tell(): void {
    const fault = this.#look();
    if (fault === undefined) return;
    const entries = [...this.#listeners];
    this.clear();
    // Each in a turn of its own, so that one that throws keeps none from being called.
    for (const { call } of entries) setImmediate(call, fault);
  }
}
