import type { Shelf } from "../../src/index.ts";
import type { Scenario } from "./explore.ts";
import { contentOf } from "./workload.ts";

/** Bytes stored without a transaction and then sealed, changed in one, which unseals them, and sealed again. */
const sealing: Scenario = {
  run(shelf, expect) {
    const of = (bytes: Uint8Array): string => contentOf([["bytes", bytes]]);
    expect("", of(new Uint8Array(100)));
    shelf.set("bytes", new Uint8Array(100));
    const bytes = shelf.get("bytes") as Uint8Array;
    expect(of(bytes), of(bytes.slice().fill(9, 3, 4)));
    bytes[3] = 9;
    shelf.seal("bytes");
    expect(of(bytes));
    expect(of(bytes), of(bytes.slice().fill(8, 10, 90)));
    shelf.transaction(() => {
      shelf.snapshot("bytes", 10, 80);
      bytes.fill(8, 10, 90);
    });
    expect(of(bytes));
    shelf.seal("bytes");
    expect(of(bytes), contentOf([["renamed", bytes]]));
    shelf.rename("bytes", "renamed");
    shelf.unseal("renamed");
    expect(contentOf([["renamed", bytes]]));
  },
  inspect: expectWhole,
};

/** A seal that is there fits the bytes that are there. */
function expectWhole(shelf: Shelf): void {
  const { ok, findings } = shelf.check();
  if (!ok) throw new Error(`recovered, and the check finds ${JSON.stringify(findings)}`);
}

export const sealScenarios: Readonly<Record<string, Scenario>> = { "sealing and unsealing": sealing };
