// The walks over cache lines, made for an instruction: `Line::flush(address)` writes one line back, `Line::bytes()` is
// how long lines are. The instruction is inlined into them, so that a short range costs no call.
#pragma once

#include "../ranges.h"

namespace nodemm {

template <typename Line>
inline void flush_lines(const std::byte* address, std::size_t length) noexcept {
  if (length == 0) return;
  const std::uintptr_t step = Line::bytes();
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(address) + length;
  for (std::uintptr_t line = reinterpret_cast<std::uintptr_t>(address) & ~(step - 1); line < end; line += step) {
    Line::flush(line);
  }
}

// As `FlushRanges`.
template <typename Line>
inline std::size_t flush_ranges(Area area, std::uint64_t longest, const double* ranges, std::size_t count) noexcept {
  for (std::size_t index = 0; index < count; index++) {
    const Range range = range_at(ranges + 2 * index);
    if (!area.contains(range) || range.length > longest) return index;
    flush_lines<Line>(area.base + range.offset, range.length);
  }
  return count;
}

}  // namespace nodemm
