// Asks the engine how it keeps the addon's functions. Run with --allow-natives-syntax.
import { loadBinding } from "../../dist/src/load-binding.js";
import { report } from "./report.mjs";

const binding = loadBinding();
const hasFastProperties = new Function("object", "return %HasFastProperties(object)");
report({ fast: hasFastProperties(binding), frameFound: binding.frame instanceof Float64Array });
