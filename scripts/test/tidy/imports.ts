/** One import, re-export or dynamic import of a file. */
export interface Import {
  /** Relative to the root. */
  readonly path: string;
  readonly specifier: string;
  /** The names that are left at run time; `*` where all of the module is. */
  readonly values: readonly string[];
}

const statement = /^\s*(?:import|export)\s+(?<clause>[^"';]*?)\s*from\s+"(?<specifier>[^"]+)"/gmu;
const sideEffect = /^\s*import\s+"(?<specifier>[^"]+)"/gmu;
const expression = /\bimport\(\s*"(?<specifier>[^"]+)"\s*\)|\bnew URL\("(?<url>\.[^"]+)", import\.meta\.url\)/gu;

/** The imports of a TypeScript or JavaScript file that the formatter has formatted. */
export function importsOf(path: string, text: string): Import[] {
  const statements = [...text.matchAll(statement)].map(({ groups }) => ({
    path,
    specifier: groups!["specifier"],
    values: valuesOf(groups!["clause"]),
  }));
  const others = [...text.matchAll(sideEffect), ...text.matchAll(expression)].map(({ groups }) => ({
    path,
    specifier: (groups!["specifier"] ?? groups!["url"]).replace(/\.js$/u, ".ts"),
    values: ["*"],
  }));
  return [...statements, ...others];
}

function valuesOf(clause: string): string[] {
  if (clause.startsWith("type ")) return [];
  const names = /^\{(?<names>[^}]*)\}$/su.exec(clause)?.groups?.["names"].split(",") ?? ["*"];
  return names.map((name) => name.trim()).filter((name) => name !== "" && !name.startsWith("type "));
}
