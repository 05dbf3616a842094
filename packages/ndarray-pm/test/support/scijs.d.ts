/** What the tests call of scijs packages, which have no types of their own. */
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

declare module "ndarray-gemm" {
  function gemm(c: unknown, a: unknown, b: unknown, alpha?: number, beta?: number): void;
  export default gemm;
}

declare module "ndarray-fft" {
  function fft(direction: 1 | -1, re: unknown, im: unknown): void;
  export default fft;
}
