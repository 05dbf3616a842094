/** One life of the training process: from its start to the SIGKILL that it gets, or to the end of the training. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { Message } from "./trainee.ts";
import type { Settings } from "./training.ts";

export interface Life {
  /** The step that it carried on from. */
  readonly opened: number;
  /** The last step that it said it had taken. */
  readonly step: number;
  /** The step of the last checkpoint that it said was durable; where it made none, the one it carried on from. */
  readonly saved: number;
  readonly ended: "killed" | "finished";
}

/**
 * Starts the training process and waits for its end. It is killed within two steps after `killAfter`.
 * @throws Error where it ends in another way
 */
export async function live(settings: Settings, killAfter: number | undefined): Promise<Life> {
  const child = fork(fileURLToPath(new URL("trainee.js", import.meta.url)), [JSON.stringify(settings)]);
  const seen = { opened: -1, step: -1, saved: -1 };
  let [stepMs, lastAt, isKilled] = [0, 0, false];
  child.on("message", ({ kind, step }: Message) => {
    if (kind === "opened") Object.assign(seen, { opened: step, step, saved: step });
    else seen[kind] = step;
    if (kind !== "step") return;
    if (lastAt > 0) stepMs = performance.now() - lastAt;
    lastAt = performance.now();
    if (killAfter === undefined || isKilled || step < killAfter || stepMs === 0) return;
    isKilled = true;
    // In the arithmetic, in the middle of a checkpoint, or between the two.
    setTimeout(() => child.kill("SIGKILL"), Math.random() * 2 * stepMs);
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  const isFinished = code === 0 && seen.saved === settings.steps;
  if (!isFinished && !(isKilled && signal === "SIGKILL")) {
    throw new Error(`the training ended with ${signal ?? `exit code ${code}`}`);
  }
  return { ...seen, ended: isFinished ? "finished" : "killed" };
}
