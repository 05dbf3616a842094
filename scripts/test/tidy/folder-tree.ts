/**
 * The folders that the first `text` block of a document names, relative to the root: one a line, two spaces of indent a
 * level, `name/` before two spaces or the end of the line.
 */
export function folderTree(document: string): string[] {
  const block = /^```text\n(?<tree>.*?)^```/msu.exec(document)?.groups?.["tree"] ?? "";
  const parents: string[] = [];
  return block.split("\n").flatMap((line) => {
    const match = /^(?<indent> *)(?<name>\S+)\/(?: {2}|$)/u.exec(line);
    if (match === null) return [];
    const { indent, name } = match.groups as { indent: string; name: string };
    parents.length = indent.length / 2;
    parents.push(name);
    return [parents.join("/")];
  });
}
