// Strided windows on typed arrays, checked before an address is formed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels.h"

namespace nodemm {

// Mirrored by `statuses` in src/native/codes.ts.
enum class Status : std::uint8_t { ok, unsupported, out_of_range, overlap, no_memory };

constexpr std::size_t kMostAxes = 16;

// The elements of a typed array.
struct Elements {
  std::byte* data = nullptr;
  std::uint64_t length = 0;
  Type type = Type::uint8;
};

// Where a window begins, and how far neighbours on each axis are apart, in elements.
struct Window {
  Elements elements;
  std::int64_t offset = 0;
  std::int64_t step[kMostAxes] = {};
};

// Axes that several windows have in common, the outermost first; each of at least one element.
struct Axes {
  std::size_t count = 0;
  std::uint64_t length[kMostAxes] = {};
};

// The bytes that a window touches: [begin, end).
struct Reach {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

// Whether every element of the window lies within its array; then `reach` says where.
[[nodiscard]] bool is_inside(const Axes& axes, const Window& window, Reach& reach) noexcept;

// Whether storing `out` could change an element of `in` that is read later: they touch the same bytes and are not the
// same window.
[[nodiscard]] bool is_entangled(const Axes& axes, const Window& out, const Reach& out_reach, const Window& in,
                                const Reach& in_reach) noexcept;

}  // namespace nodemm
