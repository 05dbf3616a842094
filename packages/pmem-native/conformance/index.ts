export { crc32cVectors, referenceCrc32c, type Crc32cVector } from "./crc32c-vectors.ts";
export { regionConformance, type RegionCapabilities, type RegionFactory, type TestFunction } from "./suite.ts";
