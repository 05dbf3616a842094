/**
 * What the training process tells the driver, one line of JSON each on file descriptor 3. Every line is written
 * synchronously: when the process dies, all that it said before has been said.
 */

import { writeSync } from "node:fs";

export interface Opened {
  readonly kind: "opened";
  /** Steps taken by the training on the shelf. */
  readonly step: number;
  readonly totalSteps: number;
  /** Whether the images had to be placed on the shelf, which reads the data set, or were there. */
  readonly dataSet: "placed" | "found";
  readonly dataSetBytes: number;
  /** Bytes that the process had read before it opened the shelf: the program itself; null where the system does not say. */
  readonly programBytesRead: number | null;
  /** Opening the shelf, recovery included, until every array was at hand. */
  readonly openMs: number;
  readonly granularity: string;
  readonly survives: string;
}

/** A step whose update has committed. */
interface Stepped {
  readonly kind: "step";
  readonly step: number;
  readonly loss: number;
}

interface Finished {
  readonly kind: "finished";
  readonly bytesRead: number | null;
}

export type Message = Opened | Stepped | Finished;

const CHANNEL = 3;

/** Tells the driver; returns when the line is out of this process's hands. */
export function tell(message: Message): void {
  writeSync(CHANNEL, `${JSON.stringify(message)}\n`);
}
