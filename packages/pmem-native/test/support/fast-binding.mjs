// Asks the engine how it keeps the addon's functions. Run with --allow-natives-syntax.
import { runInThisContext } from "node:vm";
import { loadBinding } from "../../dist/src/load-binding.js";
import { report } from "./report.mjs";

const binding = loadBinding();
const hasFastProperties = runInThisContext("(object) => %HasFastProperties(object)");
report({ fast: hasFastProperties(binding), frameFound: binding.frame instanceof Float64Array });
