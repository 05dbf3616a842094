import { PmemError } from "./errors.ts";

/** Refuses a shared view where there are none. Shared by every backend. */
export function refuseSharedView(source: string): never {
  throw new PmemError(
    "ERR_PMEM_UNSUPPORTED",
    source,
    `${source} has no shared views: they need a mapped file, and Node 22.23, 24.21, 26.10 or newer; use view(), and post ` +
      `copies to other threads`,
  );
}
