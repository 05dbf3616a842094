import type { Granularity, Region } from "@nodemm/pmem-native";

/** What is true of a region that stands over another one because it is true of that one. */
export class RegionFacts<Inner extends Region = Region> {
  protected readonly inner: Inner;

  constructor(inner: Inner) {
    this.inner = inner;
  }

  get source(): string {
    return this.inner.source;
  }

  get length(): number {
    return this.inner.length;
  }

  get capacity(): number {
    return this.inner.capacity;
  }

  get granularity(): Granularity {
    return this.inner.granularity;
  }

  get readOnly(): boolean {
    return this.inner.readOnly;
  }

  get closed(): boolean {
    return this.inner.closed;
  }

  get overlappingViews(): boolean {
    return this.inner.overlappingViews;
  }
}
