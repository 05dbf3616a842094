import Table from "cli-table3";
import { calibrate } from "../latency/calibrate.ts";

export function calibrateModel({ json = false }: { readonly json?: boolean }): void {
  const calibration = calibrate();
  if (json) {
    process.stdout.write(`${JSON.stringify(calibration)}\n`);
    return;
  }
  const { label, clockNs, lateNs, ownCostNs, figures } = calibration;
  const table = new Table({ head: ["preset", "operation", "model", "here", "error"], style: { head: [], border: [] } });
  for (const { preset, operation, modelledNs, measuredNs, error } of figures) {
    const percent = `${error < 0 ? "" : "+"}${(error * 100).toFixed(0)} %`;
    table.push([preset, operation, `${modelledNs.toFixed(0)} ns`, `${measuredNs.toFixed(0)} ns`, percent]);
  }
  const facts = `a look at the clock ${clockNs.toFixed(0)} ns, waits end ${lateNs.toFixed(0)} ns late, own cost ${ownCostNs.toFixed(0)} ns`;
  process.stdout.write(`${label}\n${facts}\n${table.toString()}\n`);
}
