// Memory gives its lines no faster to a sum than to a copy, so one that does both takes the time of the copy alone.
#include <immintrin.h>

#include "copy_summed.h"
#include "crc32c.h"
#include "crc32c_blocks.h"
#include "stream.h"
#include "stream_frame.h"

#if defined(__clang__)
#define NODEMM_TARGET_BOTH __attribute__((target("avx512f,sse4.2,crc32")))
#else
#define NODEMM_TARGET_BOTH __attribute__((target("avx512f,sse4.2")))
#endif

namespace nodemm::x86_64 {
namespace {

constexpr std::size_t kBlocks = 3;

// `to` is line-aligned.
NODEMM_TARGET_BOTH std::uint64_t copy_blocks(std::uint64_t remainder, std::byte* to, const std::byte* from,
                                             std::size_t count) noexcept {
  const ZeroShift& shift = long_shift();
  for (; count > 0; count--, to += kBlocks * kLongBytes, from += kBlocks * kLongBytes) {
    std::uint64_t sums[kBlocks] = {remainder, 0, 0};
    for (std::size_t at = 0; at < kLongBytes; at += kLineBytes) {
      __m512i lines[kBlocks];
      for (std::size_t block = 0; block < kBlocks; block++) {
        lines[block] = _mm512_loadu_si512(from + block * kLongBytes + at);
      }
      for (std::size_t word = at; word < at + kLineBytes; word += 8) {
        for (std::size_t block = 0; block < kBlocks; block++) {
          sums[block] = _mm_crc32_u64(sums[block], word_at(from + block * kLongBytes + word));
        }
      }
      for (std::size_t block = 0; block < kBlocks; block++) {
        _mm512_stream_si512(reinterpret_cast<__m512i*>(to + block * kLongBytes + at), lines[block]);
      }
    }
    remainder = shift.apply(shift.apply(sums[0]) ^ sums[1]) ^ sums[2];
  }
  _mm256_zeroupper();
  return remainder;
}

// Of what is in the caches, or too short for the blocks.
std::uint32_t copy_rest(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush,
                        std::uint32_t initial) noexcept {
  const std::uint32_t sum = crc32c_sse42(initial, from, length);
  copy_avx512(to, from, length, flush);
  return sum;
}

}  // namespace

std::uint32_t copy_summed_avx512(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush,
                                 std::uint32_t initial) noexcept {
  if (length < 2 * kBlocks * kLongBytes) return copy_rest(to, from, length, flush, initial);
  const std::size_t head = bytes_to_line(to);
  std::uint32_t sum = copy_rest(to, from, head, flush, initial);
  const std::size_t count = (length - head) / (kBlocks * kLongBytes);
  sum = ~static_cast<std::uint32_t>(copy_blocks(~sum, to + head, from + head, count));
  const std::size_t done = head + count * kBlocks * kLongBytes;
  return copy_rest(to + done, from + done, length - done, flush, sum);
}

}  // namespace nodemm::x86_64
