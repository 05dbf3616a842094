#include <immintrin.h>

#include "stream.h"
#include "stream_frame.h"

namespace nodemm::x86_64 {
namespace {

// One direct store of a whole line, which no write-combining buffer can tear or hold back.
__attribute__((target("movdir64b"))) void copy_lines_movdir64b(std::byte* to, const std::byte* from,
                                                               std::size_t count) noexcept {
  for (; count >= 2 * kPageLines; count -= 2 * kPageLines, to += 2 * kPageBytes, from += 2 * kPageBytes) {
    for (std::size_t at = 0; at < kPageBytes; at += kLineBytes) {
      _movdir64b(to + at, from + at);
      _movdir64b(to + kPageBytes + at, from + kPageBytes + at);
    }
  }
  for (; count > 0; count--, to += kLineBytes, from += kLineBytes) _movdir64b(to, from);
}

__attribute__((target("movdir64b"))) void fill_lines_movdir64b(std::byte* to, std::uint8_t byte,
                                                               std::size_t count) noexcept {
  alignas(kLineBytes) std::byte line[kLineBytes];
  std::memset(line, byte, sizeof line);
  for (; count > 0; count--, to += kLineBytes) _movdir64b(to, line);
}

}  // namespace

void copy_movdir64b(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush) noexcept {
  stream_copy(to, from, length, flush, copy_lines_movdir64b);
}

void fill_movdir64b(std::byte* to, std::uint8_t byte, std::size_t length, FlushLines flush) noexcept {
  stream_fill(to, byte, length, flush,
              [byte](std::byte* first, std::size_t count) { fill_lines_movdir64b(first, byte, count); });
}

}  // namespace nodemm::x86_64
