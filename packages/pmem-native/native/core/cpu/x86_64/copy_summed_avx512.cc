// Memory gives its lines no faster to a sum than to a copy, so one that does both takes the time of the copy alone.
// Each line is read once, into a register that is both stored and summed.
#include <immintrin.h>

#include "../../copy_summed.h"
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

// The next word of each block's line.
template <int word>
NODEMM_TARGET_BOTH inline void sum_words(std::uint64_t* sums, const __m512i* lines) noexcept {
  for (std::size_t block = 0; block < kBlocks; block++) {
    sums[block] = _mm_crc32_u64(sums[block], static_cast<std::uint64_t>(lines[block][word]));
  }
}

// As many blocks as there are, three by three; moves on behind them. `to` is line-aligned.
template <std::size_t block_bytes>
NODEMM_TARGET_BOTH std::uint32_t copy_blocks(std::byte*& to, const std::byte*& from, std::size_t& length,
                                             std::uint32_t initial) noexcept {
  const ZeroShift& shift = shift_over<block_bytes>();
  std::uint64_t remainder = static_cast<std::uint32_t>(~initial);
  for (; length >= kBlocks * block_bytes;
       length -= kBlocks * block_bytes, to += kBlocks * block_bytes, from += kBlocks * block_bytes) {
    std::uint64_t sums[kBlocks] = {remainder, 0, 0};
    for (std::size_t at = 0; at < block_bytes; at += kLineBytes) {
      __m512i lines[kBlocks];
      for (std::size_t block = 0; block < kBlocks; block++) {
        lines[block] = _mm512_loadu_si512(from + block * block_bytes + at);
        // The words are to come from here, not from memory once more.
        asm volatile("" : "+v"(lines[block]));
      }
      sum_words<0>(sums, lines);
      sum_words<1>(sums, lines);
      sum_words<2>(sums, lines);
      sum_words<3>(sums, lines);
      sum_words<4>(sums, lines);
      sum_words<5>(sums, lines);
      sum_words<6>(sums, lines);
      sum_words<7>(sums, lines);
      for (std::size_t block = 0; block < kBlocks; block++) {
        _mm512_stream_si512(reinterpret_cast<__m512i*>(to + block * block_bytes + at), lines[block]);
      }
    }
    remainder = shift.apply(shift.apply(sums[0]) ^ sums[1]) ^ sums[2];
  }
  _mm256_zeroupper();
  return ~static_cast<std::uint32_t>(remainder);
}

}  // namespace

std::uint32_t copy_summed_avx512(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush,
                                 std::uint32_t initial) noexcept {
  std::uint32_t sum = initial;
  if (length >= kLineBytes + kBlocks * kShortBytes) {
    const std::size_t head = bytes_to_line(to);
    sum = copy_held({copy_avx512, crc32c_sse42, flush}, to, from, head, sum);
    to += head;
    from += head;
    length -= head;
    sum = copy_blocks<kLongBytes>(to, from, length, sum);
    sum = copy_blocks<kShortBytes>(to, from, length, sum);
  }
  return copy_held({copy_avx512, crc32c_sse42, flush}, to, from, length, sum);
}

}  // namespace nodemm::x86_64
