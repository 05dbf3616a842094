#include "../../native/core/background.h"

#include <sys/stat.h>

#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "check.h"
#include "new_region.h"

namespace {

using nodemm::Background;
using nodemm::Granularity;
using nodemm::Region;
using nodemm::Status;
using Verb = Region::Piece::Verb;

constexpr std::uint64_t kSize = std::uint64_t{64} << 20;

Region::Piece fill_all() { return {Verb::fill, 7, 1, kSize - 1, nullptr}; }

CLAIM("a background operation stores its whole range, piece by piece, on another thread") {
  for (const Granularity granularity : {Granularity::byte, Granularity::page}) {
    const auto region = new_region(kSize, granularity);
    REQUIRE(region != nullptr);
    Background job(region, fill_all());
    CHECK(job.check() == Status::ok);
    std::thread(&Background::run, &job).join();
    CHECK(job.status() == Status::ok);
    CHECK(job.completed_bytes() == kSize - 1);
    CHECK(region->base()[0] == std::byte{0});
    CHECK(region->base()[1] == std::byte{7} && region->base()[kSize - 1] == std::byte{7});
    const std::vector<std::byte> bytes(std::size_t{9} << 20, std::byte{3});
    Background copy(region, {Verb::copy, 0, 5, bytes.size(), bytes.data()});
    std::thread(&Background::run, &copy).join();
    CHECK(copy.status() == Status::ok);
    CHECK(std::memcmp(region->base() + 5, bytes.data(), bytes.size()) == 0);
    CHECK(region->base()[5 + bytes.size()] == std::byte{7});
  }
}

CLAIM("a stopped operation does nothing more and tells how much it did") {
  const auto region = new_region(kSize, Granularity::byte);
  REQUIRE(region != nullptr);
  Background job(region, fill_all());
  job.stop();
  job.run();
  CHECK(job.status() == Status::stopped);
  CHECK(job.completed_bytes() == 0);
  CHECK(region->base()[1] == std::byte{0});
}

CLAIM("close waits for the piece in progress, and the operation ends with closed") {
  for (int round = 0; round < 8; round++) {
    const auto region = new_region(kSize, Granularity::byte);
    REQUIRE(region != nullptr);
    Background job(region, fill_all());
    std::thread other(&Background::run, &job);
    std::this_thread::sleep_for(std::chrono::microseconds(round * 700));
    region->close();
    other.join();
    CHECK(job.status() == Status::closed || job.status() == Status::ok);
    CHECK(job.completed_bytes() <= kSize - 1);
    Background late(region, fill_all());
    CHECK(late.check() == Status::closed);
    late.run();
    CHECK(late.status() == Status::closed);
  }
}

CLAIM("a background operation is checked before it is begun") {
  const auto region = new_region(kSize, Granularity::byte);
  REQUIRE(region != nullptr);
  CHECK(Background(region, {Verb::persist, 0, 1, kSize, nullptr}).check() == Status::out_of_range);
  CHECK(Background(region, {Verb::fill, 0, UINT64_MAX, 2, nullptr}).check() == Status::out_of_range);
  CHECK(Background(region, {Verb::copy, 0, 0, 65, region->base() + 64}).check() == Status::overlap);
}

CLAIM("reading verbs run in pieces too: sums continue, copies out are whole, and prefaulting changes nothing") {
  const auto region = new_region(kSize, Granularity::byte);
  REQUIRE(region != nullptr);
  CHECK(region->fill(0, kSize, 0x5a) == Status::ok);
  std::uint32_t expected = 0;
  CHECK(region->crc32c(1, kSize - 1, 77, &expected) == Status::ok);
  Region::Piece sum{Verb::crc32c, 0, 1, kSize - 1};
  sum.figure = 77;
  Background summing(region, sum);
  CHECK(summing.check() == Status::ok);
  std::thread(&Background::run, &summing).join();
  CHECK(summing.status() == Status::ok && summing.figure() == expected);

  std::vector<std::byte> bytes(std::size_t{9} << 20, std::byte{0});
  Region::Piece read{Verb::read, 0, 5, bytes.size()};
  read.target = bytes.data();
  Background reading(region, read);
  std::thread(&Background::run, &reading).join();
  CHECK(reading.status() == Status::ok);
  CHECK(std::memcmp(region->base() + 5, bytes.data(), bytes.size()) == 0);

  Background prefaulting(region, {Verb::prefault, 0, 0, kSize});
  std::thread(&Background::run, &prefaulting).join();
  CHECK(prefaulting.status() == Status::ok && prefaulting.completed_bytes() == kSize);
  Background deep(region, {Verb::deep_flush, 0, 3, kSize - 3});
  std::thread(&Background::run, &deep).join();
  CHECK(deep.status() == Status::ok);
}

CLAIM("a growth on another thread that is stopped or closed upon leaves the file as long as it was") {
  const auto region = new_region(kSize, Granularity::byte);
  REQUIRE(region != nullptr);
  int asked = 0;
  auto stopped = region->grow(4 * kSize * 8, [&] { return ++asked == 2; });
  CHECK(!stopped.ok() && stopped.failure().status == Status::stopped);
  CHECK(asked == 2);
  CHECK(region->length() == kSize);
  struct stat facts;
  CHECK(fstat(region->source().descriptor(), &facts) == 0 && facts.st_size == static_cast<off_t>(kSize));

  REQUIRE(region->pin());
  auto grown = nodemm::Result<>(nodemm::Done{});
  std::thread other([&] {
    grown = region->grow(4 * kSize * 8, [] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return false;
    });
    region->unpin();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  region->close();
  other.join();
  CHECK(!grown.ok());
}

}  // namespace
