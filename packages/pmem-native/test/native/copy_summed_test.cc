// Copies that sum what they copy, by every way that this processor has: the right bytes, the right sum, nothing beside
// them, and every byte that went through the cache handed to the flush.
#include "../../native/core/copy_summed.h"

#include "../../native/core/cpu/generic/crc32c.h"
#include "check.h"

namespace {

using nodemm::Instructions;

std::vector<bool> flushed;
const std::byte* flushed_from = nullptr;

void record_flush(const std::byte* address, std::size_t length) noexcept {
  for (std::size_t at = 0; at < length; at++) flushed[static_cast<std::size_t>(address - flushed_from) + at] = true;
}

std::vector<Instructions> ways() {
  std::vector<Instructions> all{nodemm::best_instructions()};
  for (const char* copy : {"avx512", "avx2", "sse2", "memcpy"}) {
    nodemm::Result<Instructions> named = nodemm::choose_instructions({"", copy});
    if (named.ok()) all.push_back(named.value());
  }
  return all;
}

CLAIM("every way of copying and summing gives the bytes and their sum, whole lines past the cache or flushed") {
  constexpr std::size_t kGuard = 128;
  constexpr std::size_t kMost = 700000;
  std::vector<std::byte> source(kMost + 64), target(kMost + 2 * kGuard + 64);
  for (std::size_t at = 0; at < source.size(); at++) source[at] = static_cast<std::byte>(at * 31 + at / 251);
  for (const Instructions& way : ways()) {
    for (const std::size_t length : {0, 1, 63, 64, 300, 4096, 49151, 49152, 49153, 73728, 262144, 262145, 700000}) {
      for (const std::size_t skew : {0, 1, 8, 63}) {
        std::fill(target.begin(), target.end(), std::byte{0xee});
        std::vector<std::byte> expected = target;
        const std::byte* from = source.data() + skew / 2;
        std::byte* to = target.data() + kGuard + skew;
        std::copy_n(from, length, expected.begin() + static_cast<std::ptrdiff_t>(kGuard + skew));
        flushed.assign(length, false);
        flushed_from = to;
        const std::uint32_t sum = nodemm::copy_summed(way, to, from, length, record_flush, 77);
        CHECK(sum == nodemm::generic::crc32c(77, from, length));
        CHECK(target == expected);
        for (std::size_t at = 0; at < length; at++) {
          if (flushed[at]) continue;
          // Past the cache: then the whole line was.
          const std::size_t first = at - reinterpret_cast<std::uintptr_t>(to + at) % 64;
          CHECK(first < length && first + 64 <= length);
          for (std::size_t byte = first; byte < first + 64 && byte < length; byte++) CHECK(!flushed[byte]);
          at = first + 63;
        }
      }
    }
  }
}

}  // namespace
