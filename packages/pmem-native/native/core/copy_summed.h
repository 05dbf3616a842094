// A copy past the caches that sums what it copies, whoever stores into the source meanwhile: each byte is read once.
#pragma once

#include <algorithm>
#include <cstring>

#include "instructions.h"

namespace nodemm {

struct HeldCopy {
  StreamCopy copy;
  Crc32c crc32c;
  FlushLines flush;
};

// What is short goes through the caches, where the copy itself can be summed; the rest by way of memory that nobody
// else has, which the inner caches hold.
inline std::uint32_t copy_held(const HeldCopy& ways, std::byte* to, const std::byte* from, std::size_t length,
                               std::uint32_t initial) noexcept {
  constexpr std::size_t kLineBytes = 64;
  constexpr std::size_t kShortBytes = 256;
  constexpr std::size_t kHeldBytes = 4096;
  if (length == 0) return initial;
  if (length < kShortBytes) {
    std::memcpy(to, from, length);
    const std::uint32_t sum = ways.crc32c(initial, to, length);
    ways.flush(to, length);
    return sum;
  }
  alignas(kLineBytes) std::byte held[kHeldBytes];
  std::uint32_t sum = initial;
  // Whole lines of the target from the second piece on.
  std::size_t most = kHeldBytes - reinterpret_cast<std::uintptr_t>(to) % kLineBytes;
  while (length > 0) {
    const std::size_t piece = std::min(most, length);
    std::memcpy(held, from, piece);
    sum = ways.crc32c(sum, held, piece);
    ways.copy(to, held, piece, ways.flush);
    to += piece;
    from += piece;
    length -= piece;
    most = kHeldBytes;
  }
  return sum;
}

// As `StreamCopy`, and returns the CRC-32C of what was copied, continued from `initial`.
inline std::uint32_t copy_summed(const Instructions& instructions, std::byte* to, const std::byte* from,
                                 std::size_t length, FlushLines flush, std::uint32_t initial) noexcept {
  if (instructions.copy_summed != nullptr) return instructions.copy_summed(to, from, length, flush, initial);
  return copy_held({instructions.copy, instructions.crc32c, flush}, to, from, length, initial);
}

}  // namespace nodemm
