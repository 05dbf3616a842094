#include <immintrin.h>

#include "stream.h"
#include "stream_frame.h"

namespace nodemm::x86_64 {
namespace {

// How far ahead of a line its source is asked for, past the outer caches.
constexpr std::size_t kAheadBytes = 1024;

__attribute__((target("avx2"))) void copy_lines_avx2(std::byte* to, const std::byte* from, std::size_t count) noexcept {
  // Line by line: a half whose other half comes later would leave its buffer alone.
  for (; count > 0; count--, to += kLineBytes, from += kLineBytes) {
    _mm_prefetch(reinterpret_cast<const char*>(from + kAheadBytes), _MM_HINT_NTA);
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 32));
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to), low);
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to + 32), high);
  }
  _mm256_zeroupper();
}

__attribute__((target("avx2"))) void fill_lines_avx2(std::byte* to, std::uint8_t byte, std::size_t count) noexcept {
  const __m256i value = _mm256_set1_epi8(static_cast<char>(byte));
  for (; count > 0; count--, to += kLineBytes) {
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to), value);
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to + 32), value);
  }
  _mm256_zeroupper();
}

}  // namespace

void copy_avx2(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush) noexcept {
  stream_copy(to, from, length, flush, copy_lines_avx2);
}

void fill_avx2(std::byte* to, std::uint8_t byte, std::size_t length, FlushLines flush) noexcept {
  stream_fill(to, byte, length, flush,
              [byte](std::byte* first, std::size_t count) { fill_lines_avx2(first, byte, count); });
}

}  // namespace nodemm::x86_64
