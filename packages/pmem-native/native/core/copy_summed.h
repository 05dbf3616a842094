// A copy past the caches that sums what it copies.
#pragma once

#include <algorithm>

#include "instructions.h"

namespace nodemm {

// What is read twice in a row comes from the inner caches the second time.
constexpr std::size_t kCachedBytes = std::size_t{256} << 10;

// As `StreamCopy`, and returns the CRC-32C continued from `initial`. It is of the bytes before they are copied: the
// lines of the copy may have left the caches.
inline std::uint32_t copy_summed(const Instructions& instructions, std::byte* to, const std::byte* from,
                                 std::size_t length, FlushLines flush, std::uint32_t initial) noexcept {
  if (instructions.copy_summed != nullptr) return instructions.copy_summed(to, from, length, flush, initial);
  std::uint32_t sum = initial;
  while (length > 0) {
    const std::size_t piece = std::min(kCachedBytes, length);
    sum = instructions.crc32c(sum, from, piece);
    instructions.copy(to, from, piece, flush);
    to += piece;
    from += piece;
    length -= piece;
  }
  return sum;
}

}  // namespace nodemm
