// NumPy, which tests of arrays ask for its answers. Without it they compare with answers that were recorded, and the rest
// is skipped with that reason.
import { installDebianPackage, succeeds } from "./debian.mjs";

export function installNumPy() {
  const candidates = [process.env.PYTHON, "python3", "/usr/bin/python3"];
  const isThere = candidates.some((python) => python !== undefined && succeeds(python, ["-c", "import numpy"]));
  installDebianPackage("NumPy", "python3-numpy", isThere);
}
