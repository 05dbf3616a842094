#include <immintrin.h>

#include "stream.h"
#include "stream_frame.h"

namespace nodemm::x86_64 {
namespace {

__attribute__((target("avx512f"))) void copy_lines_avx512(std::byte* to, const std::byte* from,
                                                          std::size_t count) noexcept {
  constexpr std::size_t kPages = 4;
  for (; count >= kPages * kPageLines;
       count -= kPages * kPageLines, to += kPages * kPageBytes, from += kPages * kPageBytes) {
    for (std::size_t at = 0; at < kPageBytes; at += 2 * kLineBytes) {
      for (std::size_t page = 0; page < kPages * kPageBytes; page += kPageBytes) {
        const __m512i first = _mm512_loadu_si512(from + page + at);
        const __m512i second = _mm512_loadu_si512(from + page + at + kLineBytes);
        _mm512_stream_si512(reinterpret_cast<__m512i*>(to + page + at), first);
        _mm512_stream_si512(reinterpret_cast<__m512i*>(to + page + at + kLineBytes), second);
      }
    }
  }
  // Eight lines a turn keep several write-combining buffers filling at once.
  for (; count >= 8; count -= 8, to += 8 * kLineBytes, from += 8 * kLineBytes) {
    __m512i line[8];
    for (int index = 0; index < 8; index++) line[index] = _mm512_loadu_si512(from + index * kLineBytes);
    for (int index = 0; index < 8; index++) {
      _mm512_stream_si512(reinterpret_cast<__m512i*>(to + index * kLineBytes), line[index]);
    }
  }
  for (; count > 0; count--, to += kLineBytes, from += kLineBytes) {
    _mm512_stream_si512(reinterpret_cast<__m512i*>(to), _mm512_loadu_si512(from));
  }
  _mm256_zeroupper();
}

__attribute__((target("avx512f"))) void fill_lines_avx512(std::byte* to, std::uint8_t byte,
                                                          std::size_t count) noexcept {
  const __m512i value = _mm512_set1_epi32(static_cast<int>(byte * 0x01010101u));
  for (; count > 0; count--, to += kLineBytes) _mm512_stream_si512(reinterpret_cast<__m512i*>(to), value);
  _mm256_zeroupper();
}

}  // namespace

void copy_avx512(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush) noexcept {
  stream_copy(to, from, length, flush, copy_lines_avx512);
}

void fill_avx512(std::byte* to, std::uint8_t byte, std::size_t length, FlushLines flush) noexcept {
  stream_fill(to, byte, length, flush,
              [byte](std::byte* first, std::size_t count) { fill_lines_avx512(first, byte, count); });
}

}  // namespace nodemm::x86_64
