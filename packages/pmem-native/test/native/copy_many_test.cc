#include "../../native/core/copy_many.h"

#include <algorithm>
#include <cstring>
#include <thread>
#include <vector>

#include "check.h"
#include "new_region.h"
#include "unsynced.h"

namespace {

using nodemm::CopyMany;
using nodemm::Granularity;
using nodemm::Region;
using nodemm::Status;

constexpr std::uint64_t kSize = std::uint64_t{16} << 20;
constexpr std::uint64_t kPieceBytes = 4096;

// As JavaScript does it: takes what is free and copies it, and waits for what the other thread is at.
void settle(Region& region, std::int32_t* claim, std::uint64_t offset, const std::byte* source, std::uint64_t length) {
  std::int32_t expected = CopyMany::free;
  if (__atomic_compare_exchange_n(claim, &expected, CopyMany::caller, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    CHECK(region.copy(offset, source, length) == Status::ok);
  }
  while (__atomic_load_n(claim, __ATOMIC_ACQUIRE) == CopyMany::worker) std::this_thread::yield();
}

CLAIM("two threads share the pieces: each is copied once, and what was settled may change") {
  for (const Granularity granularity : {unsynced(), Granularity::page}) {
    const auto region = new_region(kSize, granularity);
    REQUIRE(region != nullptr);
    constexpr std::size_t pieces = 1024;
    std::vector<std::byte> source(pieces * kPieceBytes - 7, std::byte{5});
    const std::vector<std::byte> expected = source;
    std::vector<std::int32_t> claims(pieces, CopyMany::free);
    CopyMany job(region, {{100, source.data(), source.size()}}, claims.data(), kPieceBytes);
    CHECK(job.check() == Status::ok);
    std::thread other(&CopyMany::run, &job);
    for (std::size_t piece = pieces; piece-- > 0;) {
      const std::uint64_t at = piece * kPieceBytes;
      const std::uint64_t length = std::min<std::uint64_t>(kPieceBytes, source.size() - at);
      settle(*region, &claims[piece], 100 + at, source.data() + at, length);
      std::memset(source.data() + at, 9, length);
    }
    other.join();
    CHECK(job.status() == Status::ok);
    CHECK(std::memcmp(region->base() + 100, expected.data(), expected.size()) == 0);
    for (const std::int32_t claim : claims) CHECK(claim == CopyMany::done || claim == CopyMany::caller);
  }
}

CLAIM("who has waited for a piece stores in its place: no byte of the copy comes after that") {
  constexpr std::uint64_t piece_bytes = 64;
  constexpr std::size_t pieces = 1 << 16;
  const auto region = new_region(kSize, Granularity::page);
  REQUIRE(region != nullptr);
  const std::vector<std::byte> source(pieces * piece_bytes, std::byte{5});
  std::vector<std::int32_t> claims(pieces, CopyMany::free);
  CopyMany job(region, {{0, source.data(), source.size()}}, claims.data(), piece_bytes);
  std::thread other(&CopyMany::run, &job);
  for (std::size_t piece = 0; piece < pieces; piece++) {
    const std::uint64_t at = piece * piece_bytes;
    // Most are the other thread's.
    while (__atomic_load_n(&claims[piece], __ATOMIC_ACQUIRE) == CopyMany::free) std::this_thread::yield();
    settle(*region, &claims[piece], at, source.data() + at, piece_bytes);
    std::memset(region->base() + at, 9, piece_bytes);
  }
  other.join();
  CHECK(job.status() == Status::ok);
  const std::vector<std::byte> expected(source.size(), std::byte{9});
  CHECK(std::memcmp(region->base(), expected.data(), expected.size()) == 0);
}

CLAIM("a stopped or closed job leaves no piece that anybody would wait for") {
  const auto region = new_region(kSize, unsynced());
  REQUIRE(region != nullptr);
  const std::vector<std::byte> source(4 * kPieceBytes, std::byte{5});
  std::vector<std::int32_t> claims(4, CopyMany::free);
  CopyMany stopped(region, {{0, source.data(), source.size()}}, claims.data(), kPieceBytes);
  stopped.stop();
  stopped.run();
  CHECK(stopped.status() == Status::stopped);
  CopyMany closed(region, {{0, source.data(), source.size()}}, claims.data(), kPieceBytes);
  region->close();
  closed.run();
  CHECK(closed.status() == Status::closed);
  for (const std::int32_t claim : claims) CHECK(claim == CopyMany::free);
}

CLAIM("a copy beyond the region is refused, whichever of many it is") {
  const auto region = new_region(kSize, unsynced());
  REQUIRE(region != nullptr);
  const std::vector<std::byte> source(64, std::byte{5});
  std::vector<std::int32_t> claims(2, CopyMany::free);
  CopyMany job(region, {{0, source.data(), 64}, {kSize - 63, source.data(), 64}}, claims.data(), kPieceBytes);
  CHECK(job.check() == Status::out_of_range);
}

}  // namespace
