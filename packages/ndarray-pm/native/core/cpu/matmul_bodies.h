// Part of bodies.h, which says what holds for it.

namespace nodemm {
namespace NODEMM_KERNELS {

// ---- Products of matrices: a tile of sums that stays in registers, beside what is multiplied

// With AVX-512 one vector wide, as every number of the left side then goes with one instruction, which can read it from
// memory itself; else two, so that each is read less often.
constexpr std::size_t kTileRows = NODEMM_VECTOR_BYTES == 64 ? 16 : 4;
constexpr std::size_t kTileVectors = NODEMM_VECTOR_BYTES == 64 ? 1 : 2;
constexpr std::size_t kTileColumns = kTileVectors * Vector<double>::lanes;
static_assert(kTileRows * kTileColumns <= kTileMost, "a tile has room in the sums of its caller");

// Each sum is that of a plain loop: one product after the other, each rounded.
void multiply_tile(double* sums, const double* a, const double* b, std::size_t depth) noexcept {
  using V = Vector<double>::type;
  using Any = Vector<double>::any;
  constexpr std::size_t lanes = Vector<double>::lanes;
  V total[kTileRows][kTileVectors] = {};
  for (std::size_t k = 0; k < depth; k++, a += kTileRows, b += kTileColumns) {
    V right[kTileVectors];
    for (std::size_t v = 0; v < kTileVectors; v++) right[v] = *reinterpret_cast<const Any*>(b + v * lanes);
    for (std::size_t row = 0; row < kTileRows; row++) {
      for (std::size_t v = 0; v < kTileVectors; v++) total[row][v] += a[row] * right[v];
    }
  }
  for (std::size_t row = 0; row < kTileRows; row++) {
    for (std::size_t v = 0; v < kTileVectors; v++, sums += lanes) *reinterpret_cast<Any*>(sums) = total[row][v];
  }
}

}  // namespace NODEMM_KERNELS
}  // namespace nodemm
