// What the vector variants share: small lengths go through the cache, ragged ends too, whole lines past it.
#pragma once

#include <cstring>

#include "../../instructions.h"

namespace nodemm::x86_64 {

constexpr std::size_t kLineBytes = 64;
// The hardware prefetcher follows a stream within one page only, so long copies read several pages side by side.
constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kPageLines = kPageBytes / kLineBytes;
// From here on non-temporal stores win (measured: 0.20 against 0.22 us, fence included; it is libpmem's figure too).
// Below, the fence is nearly all of the time and both ways take the same, but a cached store leaves the line readable.
constexpr std::size_t kStreamMinBytes = 256;

inline std::size_t bytes_to_line(const std::byte* address) noexcept {
  return (kLineBytes - reinterpret_cast<std::uintptr_t>(address) % kLineBytes) % kLineBytes;
}

// `Lines(to, from, count)` stores `count` whole lines, `to` being line-aligned.
template <typename Lines>
inline __attribute__((always_inline)) void stream_copy(std::byte* to, const std::byte* from, std::size_t length,
                                                       FlushLines flush, Lines lines) noexcept {
  if (length == 0) return;
  if (length < kStreamMinBytes) {
    std::memcpy(to, from, length);
    flush(to, length);
    return;
  }
  const std::size_t head = bytes_to_line(to);
  if (head != 0) {
    std::memcpy(to, from, head);
    flush(to, head);
  }
  const std::size_t count = (length - head) / kLineBytes;
  lines(to + head, from + head, count);
  const std::size_t done = head + count * kLineBytes;
  if (done < length) {
    std::memcpy(to + done, from + done, length - done);
    flush(to + done, length - done);
  }
}

// `Lines(to, count)` fills `count` whole lines, `to` being line-aligned.
template <typename Lines>
inline __attribute__((always_inline)) void stream_fill(std::byte* to, std::uint8_t byte, std::size_t length,
                                                       FlushLines flush, Lines lines) noexcept {
  if (length == 0) return;
  if (length < kStreamMinBytes) {
    std::memset(to, byte, length);
    flush(to, length);
    return;
  }
  const std::size_t head = bytes_to_line(to);
  if (head != 0) {
    std::memset(to, byte, head);
    flush(to, head);
  }
  const std::size_t count = (length - head) / kLineBytes;
  lines(to + head, count);
  const std::size_t done = head + count * kLineBytes;
  if (done < length) {
    std::memset(to + done, byte, length - done);
    flush(to + done, length - done);
  }
}

}  // namespace nodemm::x86_64
