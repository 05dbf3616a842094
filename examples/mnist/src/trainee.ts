/** The process that trains. It may be killed at any moment; started again, it carries on from what the shelf holds. */

import { bytesRead } from "./bytes-read.ts";
import { tell } from "./messages.ts";
import { openTraining, type TrainingOptions } from "./shelved.ts";
import { stepsInTotal, Trainer } from "./training.ts";

async function train(options: TrainingOptions): Promise<void> {
  const programBytesRead = bytesRead(process.pid);
  const begin = performance.now();
  const { state, examples, shelf, dataSet, dataSetBytes, placingMs } = await openTraining(options);
  const openMs = performance.now() - begin - placingMs;
  tell({
    kind: "opened",
    step: state.step,
    totalSteps: stepsInTotal(state.settings, examples.labels.size),
    dataSet,
    dataSetBytes,
    programBytesRead,
    openMs,
    granularity: shelf.granularity,
    survives: shelf.durability.survives,
  });
  const trainer = new Trainer(state, examples);
  while (!trainer.done) {
    const loss = trainer.step();
    tell({ kind: "step", step: state.step, loss });
  }
  shelf.close();
  tell({ kind: "finished", bytesRead: bytesRead(process.pid) });
}

try {
  await train(JSON.parse(process.argv[2]) as TrainingOptions);
} catch (error) {
  const { code, message, stack } = error as NodeJS.ErrnoException;
  // Errors with a code, and ranges refused, say what to do next; others are faults of this program.
  if (code !== undefined) console.error(`${code}: ${message}`);
  else console.error(error instanceof RangeError ? message : stack);
  process.exitCode = 1;
}
