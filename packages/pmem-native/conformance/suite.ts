/**
 * What every region backend must do, as tests. Nothing here knows a backend: what differs is told by capabilities and
 * by the region's own fields. Framework-neutral: pass the `test` of vitest, node:test or any function of that form.
 */
import type { Region } from "@nodemm/pmem-native";
import { asynchronousTests } from "./asynchronous.ts";
import { copyManyTests } from "./copy-many.ts";
import { dataTests } from "./data.ts";
import { faultTests } from "./faults.ts";
import { growthTests } from "./growth.ts";
import { lifetimeTests } from "./lifetime.ts";
import { misuseTests } from "./misuse.ts";
import { poisonTests } from "./poison.ts";
import { recordTests } from "./records.ts";
import { sharedViewTests } from "./shared-views.ts";
import { viewTests } from "./views.ts";

/** `test(name, body)` of a test framework. */
export type TestFunction = (name: string, body: () => void | Promise<void>) => unknown;

/** Makes regions for the suite. Each test asks for its own; the caller removes leftovers after each test. */
export interface RegionFactory {
  /** A new writable region of exactly `length` bytes, all zero, that could grow to at least `capacity` bytes. */
  create(options: { readonly length: number; readonly capacity: number }): Region;
  /** A read-only region over these bytes. Absent where the backend has none. */
  createReadOnly?(content: Uint8Array): Region;
  /** Makes the next sync of `region` fail, so that its next drain poisons it. Absent where that cannot be arranged. */
  breakNextSync?(region: Region): void;
  /** Takes away the memory behind all but the first page of `region`. Absent where that cannot be arranged. */
  breakMemory?(region: Region): void;
}

/** What a backend can do beyond the contract's minimum. */
export interface RegionCapabilities {
  /** Whether two live views may share bytes: must equal the region's own `overlappingViews`. */
  readonly overlappingViews: boolean;
  /** Whether `grow` works up to the capacity asked for. Where not, `grow` beyond the length throws `ERR_PMEM_CAPACITY`. */
  readonly growable: boolean;
  /** Whether there is anything deeper to flush to; true unless stated. Where not, `deepFlush` throws `ERR_PMEM_UNSUPPORTED`. */
  readonly deepFlush?: boolean;
  /** Whether there are shared views in this runtime: must equal the region's own `sharedViews`. False unless stated. */
  readonly sharedViews?: boolean;
}

/** What each group of tests works with. */
export interface Suite {
  readonly factory: RegionFactory;
  readonly capabilities: RegionCapabilities;
  readonly test: (claim: string, body: () => void | Promise<void>) => void;
}

/** Declares the whole suite: one `test` call a claim, each named `<name>: <claim>`. */
export function regionConformance(
  name: string,
  factory: RegionFactory,
  capabilities: RegionCapabilities,
  test: TestFunction,
): void {
  const suite: Suite = {
    factory,
    capabilities,
    test(claim, body) {
      test(`${name}: ${claim}`, body);
    },
  };
  dataTests(suite);
  recordTests(suite);
  asynchronousTests(suite);
  copyManyTests(suite);
  viewTests(suite);
  sharedViewTests(suite);
  growthTests(suite);
  misuseTests(suite);
  lifetimeTests(suite);
  poisonTests(suite);
  faultTests(suite);
}
