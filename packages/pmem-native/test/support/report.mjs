// What the scripts of this folder share: they run as processes of their own and tell their findings as JSON lines.
import { writeFileSync, writeSync } from "node:fs";

/**
 * Writes one JSON line at once, so that it is out before the process is killed.
 *
 * @param {Record<string, unknown>} facts
 */
export function report(facts) {
  writeSync(1, `${JSON.stringify(facts)}\n`);
}

/**
 * What a call threw, or undefined.
 *
 * @param {() => unknown} call
 * @returns {import("@nodemm/pmem-native").PmemError | undefined}
 */
export function thrownBy(call) {
  try {
    call();
    return undefined;
  } catch (error) {
    return /** @type {import("@nodemm/pmem-native").PmemError} */ (error);
  }
}

/**
 * What a call did, as plain facts.
 *
 * @param {() => unknown} call
 */
export function attempt(call) {
  /** @type {unknown} */
  let value;
  const error = thrownBy(() => {
    value = call();
  });
  if (error !== undefined) return { thrown: true, name: error.name, code: error.code, message: error.message };
  return { thrown: false, value: typeof value === "object" || value === undefined ? null : value };
}

/** The file whose presence makes the next sync fail, under the interposer of `sync-spy.c`. */
export const failSyncFlag = process.env["NODEMM_TEST_FAIL_SYNC"] ?? "";

export function failNextSync() {
  writeFileSync(failSyncFlag, "");
}
