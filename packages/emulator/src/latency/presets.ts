/**
 * What a memory takes for its work, as published; nothing here was measured by us. One module or device each: several
 * interleaved ones multiply the bandwidths.
 */
export interface LatencyParameters {
  /** What the parameters describe. */
  readonly name: string;
  /** Nanoseconds until the first byte of a read is there. */
  readonly readLatencyNs: number;
  /** Nanoseconds from a flushed or streamed store to its being durable. */
  readonly writeLatencyNs: number;
  /** GB/s (bytes a nanosecond) of sequential reads. */
  readonly readBandwidthGBs: number;
  /** GB/s of sequential writes. */
  readonly writeBandwidthGBs: number;
  /** Bytes that the medium writes at once: what a smaller write costs as much as. At least the granularity's. */
  readonly unitBytes: number;
  /** Bytes that are taken in before the writer has to wait for the medium. */
  readonly queueBytes: number;
}

export type LatencyPreset = "optane-100" | "optane-200" | "cxl-expander" | "nvdimm-n";

/**
 * Published figures; what no source gives is called assumed.
 * - `optane-100`: Optane DC persistent memory, one module. Random read 305 ns, 64-byte store + clwb + fence 62 ns, 6.6 and
 *   2.3 GB/s (Izraelevitz et al., "Basic Performance Measurements of the Intel Optane DC Persistent Memory Module",
 *   arXiv:1903.05714, 2019; Intel itself stated an idle read of about 350 ns in December 2018); unit of 256 bytes and a
 *   buffer of 16 KiB in the module (Yang et al., "An Empirical Guide to the Behavior and Use of Scalable Persistent
 *   Memory", FAST 2020, arXiv:1908.03583).
 * - `optane-200`: its successor on DDR4-3200. Bandwidths 15 % larger, as a slide of Intel's says (reported by ComputerBase
 *   and Hardware.info, March 2020; it promised more at the launch); the same latencies are assumed.
 * - `cxl-expander`: DRAM on a CXL memory card. Read 250 ns, the upper end of the 170 to 250 ns of Maruf et al. ("TPP:
 *   Transparent Page Placement for CXL-Enabled Tiered Memory", ASPLOS 2023), which is 2.5 times the DRAM below, where
 *   three real cards took 2 to 5 times (Wang et al., "Exploring and Evaluating Real-world CXL", arXiv:2405.14209, 2024);
 *   a write that crosses the same link is assumed to take as long; PCIe 5.0 x8, 32 GB/s raw, of which 26 and 21 GB/s are
 *   assumed usable. Whether it is persistent depends on the card.
 * - `nvdimm-n`: DRAM that is saved to flash when power fails, hence DRAM in use: 101 ns random read and 57 ns for a store
 *   + clwb + fence, as the DRAM of Izraelevitz et al.; 17 GB/s, which Crucial stated for its DDR4-2133 modules in 2016.
 */
export const latencyPresets: Readonly<Record<LatencyPreset, LatencyParameters>> = {
  "optane-100": {
    name: "Optane DC persistent memory (100 series), one module",
    readLatencyNs: 305,
    writeLatencyNs: 62,
    readBandwidthGBs: 6.6,
    writeBandwidthGBs: 2.3,
    unitBytes: 256,
    queueBytes: 16_384,
  },
  "optane-200": {
    name: "Optane persistent memory 200 series, one module",
    readLatencyNs: 305,
    writeLatencyNs: 62,
    readBandwidthGBs: 7.6,
    writeBandwidthGBs: 2.6,
    unitBytes: 256,
    queueBytes: 16_384,
  },
  "cxl-expander": {
    name: "CXL memory expander, PCIe 5.0 x8",
    readLatencyNs: 250,
    writeLatencyNs: 250,
    readBandwidthGBs: 26,
    writeBandwidthGBs: 21,
    unitBytes: 64,
    queueBytes: 4096,
  },
  "nvdimm-n": {
    name: "NVDIMM-N, one DDR4-2133 channel",
    readLatencyNs: 101,
    writeLatencyNs: 57,
    readBandwidthGBs: 17,
    writeBandwidthGBs: 17,
    unitBytes: 64,
    queueBytes: 4096,
  },
};

/** @throws TypeError or RangeError naming the parameter that makes no sense */
export function checkParameters(given: LatencyPreset | LatencyParameters): LatencyParameters {
  if (typeof given === "string") {
    const preset = Object.hasOwn(latencyPresets, given) ? latencyPresets[given] : undefined;
    if (preset !== undefined) return preset;
    throw new TypeError(
      `there is no preset "${given}"; take one of ${Object.keys(latencyPresets).join(", ")}, or parameters of your own`,
    );
  }
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`expected a preset's name or parameters, got ${given === null ? "null" : typeof given}`);
  }
  const { name, readLatencyNs, writeLatencyNs, readBandwidthGBs, writeBandwidthGBs, unitBytes, queueBytes } = given;
  if (typeof name !== "string" || name === "") throw new TypeError("name must be a text that says what is modelled");
  for (const [parameter, value] of Object.entries({ readLatencyNs, writeLatencyNs, queueBytes })) {
    checkNumber(parameter, value, value >= 0 && value < Infinity, "a number of at least 0");
  }
  for (const [parameter, value] of Object.entries({ readBandwidthGBs, writeBandwidthGBs })) {
    checkNumber(parameter, value, value > 0, "a number above 0; Infinity for no limit");
  }
  const isPower = Number.isInteger(Math.log2(unitBytes)) && unitBytes >= 8;
  checkNumber("unitBytes", unitBytes, isPower, "a power of two of at least 8");
  return { name, readLatencyNs, writeLatencyNs, readBandwidthGBs, writeBandwidthGBs, unitBytes, queueBytes };
}

function checkNumber(parameter: string, value: number, valid: boolean, expected: string): void {
  if (typeof value !== "number") {
    throw new TypeError(`${parameter} must be ${expected}, got ${typeof value}`);
  }
  if (!valid) throw new RangeError(`${parameter} must be ${expected}, got ${value}`);
}
