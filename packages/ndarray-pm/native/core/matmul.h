// Products of matrices.
#pragma once

#include "layout.h"

namespace nodemm {

// A matrix in the elements of a typed array; distances in elements.
struct Matrix {
  Elements elements;
  std::int64_t offset = 0;
  std::int64_t down = 0;   // between rows
  std::int64_t right = 0;  // between columns
};

// The result is rows x columns, the operands are rows x inner and inner x columns.
struct Extent {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t inner = 0;
};

// out += a x b, of numbers of at most 32 bits and floats, in an `out` of floats. Each element gets the sums of 256
// products each, which are added one by one in double precision. `overlap` where `out` shares bytes with an operand,
// `no_memory` where there is none for packing: nothing is stored unless ok.
[[nodiscard]] Status matmul(const Extent& extent, const Matrix& out, const Matrix& a, const Matrix& b) noexcept;

}  // namespace nodemm
