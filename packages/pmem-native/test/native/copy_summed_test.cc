// Copies that sum what they copy, by every way that this processor has: the right bytes, their sum whatever becomes of
// the source, nothing beside them, and every byte that went through the cache handed to the flush.
#include "../../native/core/copy_summed.h"

#include <atomic>
#include <cstring>
#include <thread>

#include "../../native/core/cpu/generic/crc32c.h"
#include "../../native/core/region.h"
#include "check.h"
#include "unsynced.h"

namespace {

using nodemm::Granularity;
using nodemm::Instructions;
using nodemm::Region;
using nodemm::Status;

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

// Stores into bytes until it ends.
class Storing {
 public:
  Storing(std::byte* bytes, std::size_t length) : thread_([this, bytes, length] { run(bytes, length); }) {}
  ~Storing() {
    ended_.store(true);
    thread_.join();
  }

 private:
  void run(std::byte* bytes, std::size_t length) noexcept {
    for (std::uint8_t value = 0; !ended_.load(std::memory_order_relaxed); value++) {
      for (std::size_t at = 0; at < length; at += 8) {
        __atomic_store_n(reinterpret_cast<std::uint8_t*>(bytes + at), value, __ATOMIC_RELAXED);
      }
    }
  }

  std::atomic<bool> ended_{false};
  std::thread thread_;
};

CLAIM("the sum is of what was copied, though another thread stores into the source meanwhile") {
  constexpr std::size_t kMost = 300000;
  std::vector<std::byte> source(kMost), target(kMost + 64);
  for (const Instructions& way : ways()) {
    for (const std::size_t length : {64, 800, 4096, 60000, 300000}) {
      const Storing storing(source.data(), length);
      for (int round = 0; round < 100; round++) {
        std::byte* to = target.data() + round % 64;
        flushed.assign(length, false);
        flushed_from = to;
        const std::uint32_t sum = nodemm::copy_summed(way, to, source.data(), length, record_flush, 5);
        CHECK(sum == nodemm::generic::crc32c(5, to, length));
      }
    }
  }
}

CLAIM("so it is of a record, however the region stores it") {
  for (const Granularity granularity : {unsynced(), Granularity::page}) {
    Region::Request request;
    request.source.path = check::fresh_folder(".") + "/file";
    request.source.creation = nodemm::Creation::create;
    request.source.size = 1 << 20;
    request.forced = granularity;
    auto opened = Region::open(request);
    REQUIRE(opened.ok());
    Region& region = *opened.value();
    for (const std::size_t length : {800, 100000}) {
      const Storing storing(region.base() + (512 << 10), length);
      for (int round = 0; round < 50; round++) {
        CHECK(region.persist_record({0, 64}, {512 << 10, length}, 9) == Status::ok);
        std::uint32_t sum = 0;
        std::memcpy(&sum, region.base(), sizeof sum);
        CHECK(sum == nodemm::generic::crc32c(9, region.base() + 4, 60 + length));
      }
    }
  }
}

}  // namespace
