// The processor's part: how lines are written back, waited for, stored past the caches and summed. Chosen once, at
// mapping; the hot path calls through these pointers and never asks again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "ranges.h"
#include "status.h"

namespace nodemm {

// Starts the write-back of every cache line that [address, address + length) touches. `length` may be 0.
using FlushLines = void (*)(const std::byte* address, std::size_t length) noexcept;
// The same of ranges of an area, offset and length in turn, as long as each lies in it and has at most `longest` bytes:
// how many did, up to the first that does not.
using FlushRanges = std::size_t (*)(Area area, std::uint64_t longest, const double* ranges, std::size_t count) noexcept;
// Waits until every flush and non-temporal store of this thread is accepted by the persistence domain.
using Fence = void (*)() noexcept;
// Stores past the caches; the ragged ends are stored through the cache and handed to `flush`. Ranges must not overlap.
using StreamCopy = void (*)(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush) noexcept;
using StreamFill = void (*)(std::byte* to, std::uint8_t byte, std::size_t length, FlushLines flush) noexcept;
// CRC-32C of a range, continuing from `initial` (0 to begin).
using Crc32c = std::uint32_t (*)(std::uint32_t initial, const std::byte* from, std::size_t length) noexcept;

// As `StreamCopy`, and the CRC-32C of what was copied, continued from `initial`.
using StreamCopySummed = std::uint32_t (*)(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush,
                                           std::uint32_t initial) noexcept;

struct Instructions {
  // Both null where this processor cannot write lines back as far as the persistence domain: such a machine is refused
  // every granularity but `page`.
  FlushLines flush;
  FlushRanges flush_ranges;
  Fence fence;
  StreamCopy copy;
  StreamFill fill;
  Crc32c crc32c;
  // Null where there is no better way than a sum and a copy, piece by piece.
  StreamCopySummed copy_summed;
  const char* flush_name;
  const char* copy_name;
  const char* crc32c_name;
};

// For ranges that need no line flush: eADR (`byte`), and `page`, where the kernel writes back.
void flush_nothing(const std::byte* address, std::size_t length) noexcept;

// Empty for the best.
struct InstructionNames {
  std::string flush;
  std::string copy;
};

// Those named, the best of the rest. Where this processor or build has none of that name: unsupported, with the names
// that it has.
Result<Instructions> choose_instructions(const InstructionNames& names);

// The best that this processor has.
const Instructions& best_instructions();

}  // namespace nodemm
