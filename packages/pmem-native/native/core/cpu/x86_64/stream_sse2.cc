#include <immintrin.h>

#include "stream.h"
#include "stream_frame.h"

namespace nodemm::x86_64 {
namespace {

void copy_lines_sse2(std::byte* to, const std::byte* from, std::size_t count) noexcept {
  for (; count > 0; count--, to += kLineBytes, from += kLineBytes) {
    const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 16));
    const __m128i c = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 32));
    const __m128i d = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 48));
    _mm_stream_si128(reinterpret_cast<__m128i*>(to), a);
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + 16), b);
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + 32), c);
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + 48), d);
  }
}

void fill_lines_sse2(std::byte* to, std::uint8_t byte, std::size_t count) noexcept {
  const __m128i value = _mm_set1_epi8(static_cast<char>(byte));
  for (; count > 0; count--, to += kLineBytes) {
    _mm_stream_si128(reinterpret_cast<__m128i*>(to), value);
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + 16), value);
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + 32), value);
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + 48), value);
  }
}

}  // namespace

void copy_sse2(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush) noexcept {
  stream_copy(to, from, length, flush, copy_lines_sse2);
}

void fill_sse2(std::byte* to, std::uint8_t byte, std::size_t length, FlushLines flush) noexcept {
  stream_fill(to, byte, length, flush,
              [byte](std::byte* first, std::size_t count) { fill_lines_sse2(first, byte, count); });
}

}  // namespace nodemm::x86_64
