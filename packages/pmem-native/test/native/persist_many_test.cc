#include "../../native/core/persist_many.h"

#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

#include "check.h"
#include "new_region.h"
#include "unsynced.h"

namespace {

using nodemm::Granularity;
using nodemm::PersistMany;
using nodemm::Range;
using nodemm::Region;
using nodemm::Status;

constexpr std::uint64_t kSize = std::uint64_t{200} << 20;

// Short and long ones, more than fit into a piece, none, and some that overlap.
std::vector<Range> many() {
  std::vector<Range> ranges{{0, kSize}, {7, 0}, {kSize, 0}, {kSize - 1, 1}};
  for (std::uint64_t at = 0; at < 200'000; at++) ranges.push_back({at * 64 + 3, at % 90});
  ranges.push_back({1, (std::uint64_t{4} << 20) + 1});
  ranges.push_back({2, std::uint64_t{64} << 20});
  return ranges;
}

std::uint64_t sum_of(const std::vector<Range>& ranges) {
  const auto add = [](std::uint64_t sum, const Range& range) { return sum + range.length; };
  return std::accumulate(ranges.begin(), ranges.end(), std::uint64_t{0}, add);
}

CLAIM("many ranges are persisted on another thread, and all their bytes counted") {
  for (const Granularity granularity : {unsynced(), Granularity::byte, Granularity::page}) {
    const auto region = new_region(kSize, granularity);
    REQUIRE(region != nullptr);
    for (const std::vector<Range>& ranges : {many(), {}, {{5, 0}}}) {
      PersistMany job(region, ranges);
      CHECK(job.check() == Status::ok);
      std::thread(&PersistMany::run, &job).join();
      CHECK(job.status() == Status::ok);
      CHECK(job.completed_bytes() == sum_of(ranges));
    }
  }
}

CLAIM("a list with a range outside is refused before it begins") {
  const auto region = new_region(kSize, unsynced());
  REQUIRE(region != nullptr);
  CHECK(PersistMany(region, {{0, 1}, {kSize, 1}}).check() == Status::out_of_range);
  CHECK(PersistMany(region, {{UINT64_MAX, 2}}).check() == Status::out_of_range);
  region->close();
  CHECK(PersistMany(region, {{0, 0}}).check() == Status::closed);
}

CLAIM("one that is stopped, or closed upon, ends after its piece and tells how much is durable") {
  for (int round = 0; round < 6; round++) {
    const auto region = new_region(kSize, unsynced());
    REQUIRE(region != nullptr);
    const std::vector<Range> ranges = many();
    PersistMany job(region, ranges);
    std::thread other(&PersistMany::run, &job);
    std::this_thread::sleep_for(std::chrono::microseconds(round * 500));
    if (round % 2 == 0) job.stop();
    region->close();
    other.join();
    CHECK(job.status() == Status::stopped || job.status() == Status::closed || job.status() == Status::ok);
    CHECK(job.completed_bytes() <= sum_of(ranges));
    CHECK((job.status() == Status::ok) == (job.completed_bytes() == sum_of(ranges)));
  }
  const auto region = new_region(kSize, unsynced());
  REQUIRE(region != nullptr);
  PersistMany stopped(region, {{0, 64}});
  stopped.stop();
  stopped.run();
  CHECK(stopped.status() == Status::stopped && stopped.completed_bytes() == 0);
}

}  // namespace
