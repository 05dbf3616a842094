import { readdirSync, readFileSync } from "node:fs";

/** The close-on-exec flag as `/proc` shows it; Node has no name for it. */
const closeOnExec = 0o2000000;

/**
 * The descriptors, beside the standard streams, that a child of this process would inherit. Node opens its own so that
 * they are closed, and marks the lowest that it was started with; what is left came from the process that started it.
 */
export function inheritedDescriptors(): number[] {
  return readdirSync("/proc/self/fd")
    .map(Number)
    .filter((descriptor) => descriptor > 2 && (readFlags(descriptor) & closeOnExec) === 0);
}

function readFlags(descriptor: number): number {
  try {
    const facts = readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1");
    return Number.parseInt(/^flags:\s+(?<flags>[0-7]+)/mu.exec(facts)!.groups!["flags"], 8);
  } catch {
    // Closed since the listing, as the listing's own is.
    return closeOnExec;
  }
}
