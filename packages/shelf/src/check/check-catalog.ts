import type { Catalog } from "../catalog.ts";
import type { CatalogVisitor } from "../catalog-visitor.ts";
import { ShelfError } from "../errors.ts";
import { ItemIndex } from "../item-index.ts";
import type { Findings, Structure } from "./finding.ts";

/** Frames that are read between two looks at the clock. */
const framesAtOnce = 4096;

/** What the catalog says, as opening would read it. */
export class CatalogSurvey implements CatalogVisitor {
  /** Where each name's put lies. */
  readonly places: Map<string, number> = new Map();
  /** CRCs of sealed data, by the place of the put. */
  readonly seals: Map<number, number> = new Map();
  readonly laneCommits: Map<number, number> = new Map();
  readonly items: ItemIndex;
  /** Behind damage, items and names may be missing that later operations name. */
  lenient = false;

  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    this.items = new ItemIndex(catalog);
  }

  put(place: number): void {
    this.places.set(this.#catalog.operations.nameAt(place), place);
  }

  erase(name: string): void {
    this.places.delete(name);
  }

  rename(name: string, newName: string): void {
    const place = this.places.get(name);
    if (place !== undefined && this.places.delete(name)) this.places.set(newName, place);
  }

  swap(name: string, other: string): boolean {
    const [first, second] = [this.places.get(name), this.places.get(other)];
    if (first === undefined || second === undefined) return this.lenient;
    this.places.set(name, second).set(other, first);
    return true;
  }

  item(kind: number, list: number, index: number, place: number): boolean {
    return this.items.readItem(kind, list, index, place) || this.lenient;
  }

  clearItems(list: number, gone: boolean): void {
    this.items.readClear(list, gone);
  }

  seal(name: string, crc: number): boolean {
    const place = this.places.get(name);
    if (place === undefined) return this.lenient;
    if (crc >= 0) this.seals.set(place, crc);
    else this.seals.delete(place);
    return true;
  }

  laneCommit(lane: number, generation: number): void {
    this.laneCommits.set(lane, Math.max(generation, this.laneCommits.get(lane) ?? 0));
  }
}

/**
 * Reads all frames. Behind damage it goes on at the next whole frame, so that all damage is told of; what it has then
 * is what is left of the names, not what they were. Yields now and then.
 */
export function* checkCatalog(catalog: Catalog, findings: Findings): Generator<void, CatalogSurvey> {
  const survey = new CatalogSurvey(catalog);
  let acknowledged = 0;
  try {
    acknowledged = catalog.readAcknowledged();
  } catch (error) {
    tell(error, "it says where the last commit ends, so one that was lost could not be told: repair rebuilds it");
  }
  for (let finished = false; !finished;) {
    try {
      finished = catalog.scan(survey, { acknowledged, framesMax: framesAtOnce });
      yield;
    } catch (error) {
      survey.lenient = true;
      const before = catalog.nextSequence;
      const resumed = catalog.skipDamage();
      const lost = resumed ? `about ${catalog.nextSequence - before} commits are lost, later ones can be read` : "";
      tell(error, `${lost === "" ? "no whole commit lies behind it" : lost}: restore the shelf from a copy`);
      finished = !resumed;
    }
  }
  if (catalog.endsTorn && !survey.lenient) {
    findings.add({
      structure: "catalog frame",
      offset: catalog.offset + catalog.bytes - catalog.room,
      severity: "note",
      message: "the last commit was cut short, and counts as never made",
      advice: "nothing needs doing; the next opening for writing clears it",
    });
  }
  return survey;

  function tell(error: unknown, advice: string): void {
    if (!(error instanceof ShelfError)) throw error;
    const { structure, offset = catalog.offset, message } = error;
    findings.add({ structure: structure as Structure, offset, severity: "error", message, advice });
  }
}
