import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Status } from "../src/status.ts";

test("the statuses of JavaScript are those of native/core/status.h", () => {
  const header = readFileSync(join(import.meta.dirname, "../native/core/status.h"), "utf8");
  const body = /enum class \[\[nodiscard\]\] Status : std::int32_t \{(?<body>.*?)\};/su.exec(header)!.groups!["body"];
  const native = [...body.matchAll(/(?<name>\w+) = (?<number>\d+)/gu)].map(({ groups }) => [
    groups!["name"].replace(/_(?<letter>\w)/gu, (_, letter: string) => letter.toUpperCase()),
    Number(groups!["number"]),
  ]);
  expect(Object.fromEntries(native)).toEqual(Status);
});
