// Folds of neighbouring elements into one value.
#pragma once

#include "layout.h"

namespace nodemm {

// The elements [offset, offset + count) of an array, folded. `unsupported` where the type has no such fold.
[[nodiscard]] Status fold(Fold operation, const Elements& elements, std::uint64_t offset, std::uint64_t count,
                          Folded& folded) noexcept;

// The sum of the products of two rows of floats of one type.
[[nodiscard]] Status dot(const Elements& a, std::uint64_t a_offset, const Elements& b, std::uint64_t b_offset,
                         std::uint64_t count, double& product) noexcept;

}  // namespace nodemm
