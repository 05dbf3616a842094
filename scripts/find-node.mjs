// `node scripts/find-node.mjs LINE [ARCHITECTURE]` prints the path of that Node, fetched at first use.
import { findNode } from "./repository/nodes.mjs";

const [, , line, architecture] = process.argv;
const { path, error } = findNode(Number(line), architecture);
process.stdout.write(path ?? "");
process.stderr.write(error ?? "");
process.exitCode = path === undefined ? 1 : 0;
