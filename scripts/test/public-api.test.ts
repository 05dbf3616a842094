import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { listPublished } from "../repository/packages.mjs";

/** Every subpath of every published package that can be imported. */
const entries = listPublished().flatMap(({ path, manifest }) =>
  Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) =>
    typeof target === "string"
      ? []
      : [{ name: join(manifest.name, subpath), module: join(path, target.default), types: join(path, target.types) }],
  ),
);

/** The names of a declaration file's explicit exports, each with `type` before it if it has no value. */
function declaredNames(path: string): string[] {
  const text = readFileSync(path, "utf8");
  const lists = [...text.matchAll(/^export (?<type>type )?\{(?<names>[^}]*)\}/gmu)].flatMap(({ groups }) =>
    groups!["names"].split(",").map((name) => (groups!["type"] ?? "") + name.trim()),
  );
  const declarations = [
    ...text.matchAll(/^export (?:declare )?(?<kind>const|function|class|interface|type) (?<name>\w+)/gmu),
  ].map(({ groups }) => (/interface|type/u.test(groups!["kind"]) ? `type ${groups!["name"]}` : groups!["name"]));
  const names = [...lists, ...declarations].filter((name) => name !== "" && name !== "type ");
  return names.map((name) => name.replace(/^(?<type>type )?.* as /u, "$<type>"));
}

test.each(entries)("$name exports what its snapshot says, values and types", async ({ name, module, types }) => {
  const values = Object.keys(await import(module)).sort();
  const declared = declaredNames(types).sort();
  const typeNames = declared.filter((each) => each.startsWith("type "));
  expect(readFileSync(types, "utf8"), `${basename(types)} must name each export`).not.toMatch(/^export \* from/mu);
  expect(declared.filter((each) => !each.startsWith("type "))).toEqual(values);
  const snapshot = [...values, ...typeNames].map((each) => `${each}\n`).join("");
  await expect(snapshot).toMatchFileSnapshot(`public-api/${name.replace("@nodemm/", "").replace("/", "-")}.txt`);
});
