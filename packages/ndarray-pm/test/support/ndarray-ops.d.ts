/** What the tests call of ndarray-ops, which has no types of its own. */
declare module "ndarray-ops" {
  interface Operations {
    addeq(target: unknown, source: unknown): void;
    mulseq(target: unknown, scalar: number): void;
    assign(target: unknown, source: unknown): void;
    sum(source: unknown): number;
    sup(source: unknown): number;
    argmax(source: unknown): number[];
  }
  const operations: Operations;
  export default operations;
}
