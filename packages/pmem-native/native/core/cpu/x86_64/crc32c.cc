// The instruction takes 3 cycles and starts one a cycle, so three independent sums run abreast and are joined: the sum
// of A then B is (sum of A moved over |B| zero bytes) xor (sum of B begun at 0) (the method of M. Adler's crc32c.c,
// stated anew).
#include "crc32c.h"

#include "crc32c_blocks.h"

namespace nodemm::x86_64 {
namespace {

template <std::size_t block_bytes>
NODEMM_TARGET_CRC32 std::uint64_t sum_blocks(std::uint64_t remainder, const std::byte*& from,
                                             std::size_t& length) noexcept {
  const ZeroShift& shift = shift_over<block_bytes>();
  while (length >= 3 * block_bytes) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t at = 0; at < block_bytes; at += 8) {
      remainder = _mm_crc32_u64(remainder, word_at(from + at));
      second = _mm_crc32_u64(second, word_at(from + block_bytes + at));
      third = _mm_crc32_u64(third, word_at(from + 2 * block_bytes + at));
    }
    remainder = shift.apply(shift.apply(remainder) ^ second) ^ third;
    from += 3 * block_bytes;
    length -= 3 * block_bytes;
  }
  return remainder;
}

}  // namespace

NODEMM_TARGET_CRC32 std::uint32_t crc32c_sse42(std::uint32_t initial, const std::byte* from,
                                               std::size_t length) noexcept {
  std::uint64_t remainder = static_cast<std::uint32_t>(~initial);
  if (length >= 3 * kShortBytes) {
    remainder = sum_blocks<kLongBytes>(remainder, from, length);
    remainder = sum_blocks<kShortBytes>(remainder, from, length);
  }
  for (; length >= 8; length -= 8, from += 8) remainder = _mm_crc32_u64(remainder, word_at(from));
  for (; length > 0; length--, from++) {
    remainder = _mm_crc32_u8(static_cast<std::uint32_t>(remainder), static_cast<std::uint8_t>(*from));
  }
  return ~static_cast<std::uint32_t>(remainder);
}

}  // namespace nodemm::x86_64
