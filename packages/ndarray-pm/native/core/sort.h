// Sorting neighbouring elements in place.
#pragma once

#include "layout.h"

namespace nodemm {

// Sorts [offset, offset + count) in ascending order: NaN last, -0 before 0. `no_memory`, with nothing changed, where
// the method needs some and there is none.
[[nodiscard]] Status sort(const Elements& elements, std::uint64_t offset, std::uint64_t count) noexcept;

}  // namespace nodemm
