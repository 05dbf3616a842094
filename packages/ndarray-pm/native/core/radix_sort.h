// Sorting by digits: any elements, on any processor.
#pragma once

#include "layout.h"

namespace nodemm {

// Sorts fewer than 2^32 elements at any address; see sort.h. Needs as much memory again; `no_memory`, with nothing
// changed, where there is none.
[[nodiscard]] Status radix_sort(Type type, std::byte* data, std::uint64_t count) noexcept;

}  // namespace nodemm
