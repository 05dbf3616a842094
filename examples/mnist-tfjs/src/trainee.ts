/** The process that trains, and is killed. It says each step that it has taken, and each checkpoint that is durable. */
import { open, openTraining, readExamples, saveTraining, type Settings, takeStep } from "./training.ts";

export type Message =
  | { readonly kind: "opened" | "saved"; readonly step: number }
  | { readonly kind: "step"; readonly step: number; readonly loss: number };

const settings = JSON.parse(process.argv[2]) as Settings;
const tell = (message: Message): void => void process.send!(message);

const shelf = open(settings.path);
const examples = readExamples("training");
const { model, step: begun } = await openTraining(shelf, settings);
tell({ kind: "opened", step: begun });
for (let step = begun; step < settings.steps;) {
  const loss = await takeStep(model, examples, step, settings);
  step++;
  tell({ kind: "step", step, loss });
  if (step % settings.every === 0 || step === settings.steps) {
    await saveTraining(shelf, { model, step });
    tell({ kind: "saved", step });
  }
}
shelf.close();
process.disconnect();
