/** One life of the training process: from its start to the SIGKILL it gets, or to the end of the training. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { bytesRead } from "./bytes-read.ts";
import type { Message, Opened } from "./messages.ts";
import type { TrainingOptions } from "./shelved.ts";

export interface Life {
  readonly opened: Opened;
  /** The last step that the process said was committed; where it took none, the step it opened at. */
  readonly acknowledgedStep: number;
  /** Whether it was killed, or trained to the end. */
  readonly ended: "killed" | "finished";
  /** From the start of the process until the shelf was open. */
  readonly readyMs: number;
  /** Bytes that it read from files beyond its own program, until shortly before its end; null where the system does not say. */
  readonly bytesRead: number | null;
}

export interface LifeOptions {
  readonly training: TrainingOptions;
  /** Asked once the process has opened the shelf: after which step to kill it, at a random moment; null for never. */
  readonly killAfterStep: () => number | null;
  /** Called with everything the process says. */
  readonly hears?: (message: Message) => void;
}

const TRAINEE = fileURLToPath(new URL("./trainee.js", import.meta.url));

/**
 * Starts the training process and waits for its end.
 * @throws Error where it ends in any other way than the two of {@link Life.ended}, with what it wrote to stderr
 */
export async function live(options: LifeOptions): Promise<Life> {
  const begin = performance.now();
  const child = spawn(process.execPath, ["--enable-source-maps", TRAINEE, JSON.stringify(options.training)], {
    stdio: ["ignore", "inherit", "pipe", "pipe"],
  });
  let complaint = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const end = (): boolean => child.kill("SIGKILL");
  process.once("exit", end);

  let opened: Opened | undefined;
  let readyMs = 0;
  let acknowledgedStep = 0;
  let lastStepAt = 0;
  let stepMs = 0;
  let finished = false;
  let read: number | null = null;
  let killing = false;
  let killAfterStep: number | null = null;
  const kill = (): void => {
    read = bytesRead(child.pid!);
    child.kill("SIGKILL");
  };
  // Lines that the process wrote before it died are still in the pipe: the loop ends when the pipe is empty.
  for await (const line of createInterface({ input: child.stdio[3] as NodeJS.ReadableStream })) {
    const message = JSON.parse(line) as Message;
    options.hears?.(message);
    const now = performance.now();
    if (message.kind === "opened") {
      opened = message;
      readyMs = now - begin;
      acknowledgedStep = message.step;
      killAfterStep = options.killAfterStep();
    } else if (message.kind === "step") {
      acknowledgedStep = message.step;
      if (lastStepAt > 0) stepMs = now - lastStepAt;
      if (killAfterStep !== null && !killing && message.step >= killAfterStep && stepMs > 0) {
        killing = true;
        // Anywhere in the next two steps: in the arithmetic, in the middle of a commit, or between the two.
        setTimeout(kill, Math.random() * 2 * stepMs);
      }
      lastStepAt = now;
    } else {
      finished = true;
      read = message.bytesRead;
    }
  }
  const [code, signal] = await closed;
  process.off("exit", end);
  if (opened === undefined || !(finished ? code === 0 || killing : killing && signal === "SIGKILL"))
    throw new Error(`the training ended with ${signal ?? `exit code ${code}`}: ${complaint.trim() || "no message"}`);
  const program = opened.programBytesRead;
  const beyond = read === null || program === null ? null : read - program;
  return { opened, acknowledgedStep, ended: finished ? "finished" : "killed", readyMs, bytesRead: beyond };
}
