/** One import, re-export or dynamic import of a file. */
export interface Import {
  /** Relative to the root. */
  readonly path: string;
  readonly specifier: string;
  /** Whether nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

const statement = /^\s*(?:import|export)\s+(?<clause>[^"';]*?)\s*from\s+"(?<specifier>[^"]+)"/gmu;
const sideEffect = /^\s*import\s+"(?<specifier>[^"]+)"/gmu;
const expression = /\bimport\(\s*"(?<specifier>[^"]+)"\s*\)|\bnew URL\("(?<url>\.[^"]+)", import\.meta\.url\)/gu;

/** The imports of a TypeScript or JavaScript file that the formatter has formatted. */
export function importsOf(path: string, text: string): Import[] {
  const statements = [...text.matchAll(statement)].map(({ groups }) => ({
    path,
    specifier: groups!["specifier"],
    typeOnly: isTypeOnly(groups!["clause"]),
  }));
  const others = [...text.matchAll(sideEffect), ...text.matchAll(expression)].map(({ groups }) => ({
    path,
    specifier: (groups!["specifier"] ?? groups!["url"]).replace(/\.js$/u, ".ts"),
    typeOnly: false,
  }));
  return [...statements, ...others];
}

function isTypeOnly(clause: string): boolean {
  if (clause.startsWith("type ")) return true;
  const names = /^\{(?<names>[^}]*)\}$/su.exec(clause)?.groups?.["names"].split(",") ?? ["value"];
  return names.map((name) => name.trim()).every((name) => name === "" || name.startsWith("type "));
}
