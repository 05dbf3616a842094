/** The native addon as JavaScript sees it: handles and numbers in, statuses out. Private to this package. */

/** A status of {@link Status}, or nothing for success. */
export type Answer = number | undefined;

export interface NativeFailure {
  readonly status: number;
  readonly errorNumber: number;
  /** The system call or step that failed. */
  readonly step: string;
  readonly detail: string;
  readonly neededBytes: number;
  readonly freeBytes: number;
}

export interface NativeRegion {
  readonly status: 0;
  readonly handle: number;
  readonly length: number;
  readonly capacity: number;
  readonly created: boolean;
  readonly granularity: number;
  readonly survives: number;
  readonly reason: string;
  readonly flush: string;
  readonly copy: string;
  readonly crc32c: string;
}

export interface Binding {
  /** The longest buffer that this runtime makes over outside memory. */
  readonly mostViewBytes: number;
  open(
    path: string,
    creation: number,
    readOnly: boolean,
    size: number,
    capacity: number,
    demanded: number,
    forced: number,
  ): NativeRegion | (NativeFailure & { readonly handle?: undefined });
  close(handle: number): void;
  abandon(handle: number): void;
  grow(handle: number, length: number): NativeFailure | undefined;
  trouble(handle: number): { readonly errorNumber: number; readonly faultOffset: number } | undefined;
  view(handle: number, offset: number, length: number): ArrayBuffer | number;
  releaseView(handle: number, view: ArrayBuffer): Answer;
  flush(handle: number, offset: number, length: number): Answer;
  drain(handle: number): Answer;
  persist(handle: number, offset: number, length: number): Answer;
  copy(handle: number, offset: number, source: ArrayBufferView): Answer;
  copyWithin(handle: number, target: number, source: number, length: number): Answer;
  fill(handle: number, offset: number, length: number, byte: number): Answer;
  publish(handle: number, offset: number, low: number, high: number): Answer;
  /** The sum, or a negative status. */
  crc32c(handle: number, offset: number, length: number, initial: number): number;
}
