#include "../../native/core/region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "../../native/core/copy_many.h"
#include "check.h"
#include "unsynced.h"

namespace {

int syncs = 0;
int sync_answer = 0;
std::size_t synced_bytes = 0;

}  // namespace

// Takes the C library's place in this program, so that syncs can be counted and made to fail.
extern "C" int msync(void* address, size_t length, int) noexcept {
  (void)address;
  syncs++;
  synced_bytes = length;
  if (sync_answer == 0) return 0;
  errno = sync_answer;
  return -1;
}

#if defined(__linux__)
namespace {

enum class FileSync { real, held, failing };
std::atomic<FileSync> file_sync{FileSync::real};

}  // namespace

// The same of the sync of a file: `failing` makes the next one `held`, which fails once it is let go on.
extern "C" int fsync(int descriptor) {
  if (file_sync == FileSync::real) return static_cast<int>(syscall(SYS_fsync, descriptor));
  file_sync = FileSync::held;
  while (file_sync == FileSync::held) std::this_thread::yield();
  errno = EIO;
  return -1;
}
#endif

namespace {

using nodemm::Creation;
using nodemm::Granularity;
using nodemm::Region;
using nodemm::Status;
using nodemm::Survives;

std::shared_ptr<Region> make(std::optional<Granularity> forced = std::nullopt, std::uint64_t size = 16384,
                             const char* medium = nullptr) {
  Region::Request request;
  request.source = {check::fresh_folder(medium) + "/file", Creation::create, false, size};
  request.forced = forced;
  request.capacity = 1 << 20;
  auto opened = Region::open(request);
  CHECK(opened.ok());
  syncs = 0;
  sync_answer = 0;
  return opened.ok() ? opened.value() : nullptr;
}

CLAIM("a range that wraps around the end of 64 bits is outside") {
  const auto region = make();
  REQUIRE(region != nullptr);
  for (const auto& [offset, length] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {UINT64_MAX, 1}, {1, UINT64_MAX}, {UINT64_MAX, UINT64_MAX}, {16384, 1}, {16385, 0}, {0, 16385}}) {
    CHECK(region->flush(offset, length) == Status::out_of_range);
    CHECK(region->persist(offset, length) == Status::out_of_range);
    CHECK(region->fill(offset, length, 1) == Status::out_of_range);
    CHECK(region->copy_within(offset, 0, length) == Status::out_of_range);
    CHECK(region->copy_within(0, offset, length) == Status::out_of_range);
    std::uint32_t sum = 0;
    CHECK(region->crc32c(offset, length, 0, &sum) == Status::out_of_range);
  }
  CHECK(region->publish(16384 - 4, 1) == Status::out_of_range);
  CHECK(region->publish(UINT64_MAX - 7, 1) == Status::out_of_range);
  CHECK(region->publish(4, 1) == Status::unaligned);
}

CLAIM("at page granularity one drain syncs the pages of all flushed ranges with one call") {
  const auto region = make();
  REQUIRE(region != nullptr);
  CHECK(region->granularity() == Granularity::page);
  CHECK(region->drain() == Status::ok);
  CHECK(syncs == 0);
  CHECK(region->flush(5000, 10) == Status::ok);
  CHECK(region->flush(100, 1) == Status::ok);
  CHECK(region->flush(9000, 0) == Status::ok);
  CHECK(syncs == 0);
  CHECK(region->drain() == Status::ok);
  CHECK(syncs == 1);
  CHECK(synced_bytes == 8192);
  CHECK(region->drain() == Status::ok);
  CHECK(syncs == 1);
}

CLAIM("a record is made durable with one sync, of its head and of what is copied behind it") {
  const auto region = make();
  REQUIRE(region != nullptr);
  CHECK(region->persist_record({4000, 200}, {0, 4000}, 7) == Status::ok);
  CHECK(syncs == 1 && synced_bytes == 12288);
  CHECK(region->persist_record({4, 4}, {0, 0}, 7) == Status::ok);
  CHECK(syncs == 2 && synced_bytes == 4096);
  sync_answer = EIO;
  CHECK(region->persist_record({0, 4}, {0, 0}, 7) == Status::sync_failed);
  sync_answer = 0;
  CHECK(region->persist_record({0, 4}, {0, 0}, 7) == Status::sync_failed);
  CHECK(syncs == 3);
}

CLAIM("a record that cannot be is refused before anything is stored") {
  const auto region = make(unsynced());
  REQUIRE(region != nullptr);
  using nodemm::Range;
  const std::uint64_t huge = UINT64_MAX;
  for (const auto& [head, source] : std::vector<std::pair<Range, Range>>{{{0, 3}, {64, 1}},
                                                                         {{16384, 4}, {0, 0}},
                                                                         {{huge, 4}, {0, 0}},
                                                                         {{4, huge}, {0, 0}},
                                                                         {{0, 64}, {huge, 2}},
                                                                         {{0, 64}, {1, huge}},
                                                                         {{16000, 64}, {0, 321}}}) {
    CHECK(region->persist_record(head, source, 1) == Status::out_of_range);
  }
  CHECK(region->persist_record({100, 50}, {149, 1}, 1) == Status::overlap);
  CHECK(region->persist_record({100, 50}, {50, 51}, 1) == Status::overlap);
  CHECK(region->persist_record({100, 50}, {199, 50}, 1) == Status::overlap);
  for (std::uint64_t at = 0; at < 16384; at++) CHECK(region->base()[at] == std::byte{0});
  CHECK(region->persist_record({100, 50}, {200, 50}, 1) == Status::ok);
  CHECK(region->persist_record({100, 50}, {50, 50}, 1) == Status::ok);
}

CLAIM("a deep flush syncs the pages of its range, whatever the granularity") {
  for (const Granularity granularity : {Granularity::page, unsynced()}) {
    const auto region = make(granularity);
    REQUIRE(region != nullptr);
    CHECK(region->persist(4097, 1) == Status::ok);
    CHECK(syncs == (granularity == Granularity::page ? 1 : 0));
    syncs = 0;
    CHECK(region->deep_flush(4097, 4096) == Status::ok);
    CHECK(syncs == 1 && synced_bytes == 8192);
    CHECK(region->deep_flush(16384, 1) == Status::out_of_range);
    sync_answer = EIO;
    CHECK(region->deep_flush(0, 1) == Status::sync_failed);
    CHECK(region->flush(0, 1) == Status::sync_failed);
  }
}

CLAIM("prefaulted pages are in place before they are touched") {
  const auto region = make(unsynced(), 1 << 20, "/dev/shm");
  REQUIRE(region != nullptr);
  rusage before{}, after{};
  CHECK(region->prefault(5000, (1 << 20) - 5000).ok());
  getrusage(RUSAGE_SELF, &before);
  volatile std::byte* bytes = region->base();
  for (std::size_t at = 8192; at < (1 << 20); at += 4096) bytes[at] = std::byte{1};
  getrusage(RUSAGE_SELF, &after);
  // Of 254 pages; the sanitizer's own memory for them takes some 32 faults, an emulated processor hundreds of its own.
  if (!check::emulated()) CHECK(after.ru_minflt - before.ru_minflt < 100);
  CHECK(!region->prefault(1 << 20, 1).ok());
}

CLAIM("many ranges are each checked before they are flushed, and one drain syncs them") {
  const auto region = make();
  REQUIRE(region != nullptr);
  const auto flush_many = [&region](const std::vector<double>& ranges) {
    return region->flush_many(ranges.data(), ranges.size() / 2);
  };
  CHECK(flush_many({16384, 1}) == Status::out_of_range);
  CHECK(flush_many({0x1p53, 2, 0, 64}) == Status::out_of_range);
  CHECK(region->drain() == Status::ok);
  CHECK(syncs == 0);
  CHECK(flush_many({}) == Status::ok);
  CHECK(flush_many({9000, 8, 100, 8, 5000, 0}) == Status::ok);
  CHECK(region->drain() == Status::ok);
  CHECK(syncs == 1 && synced_bytes == 12288);
  region->close();
  CHECK(flush_many({0, 0}) == Status::closed);
}

CLAIM("of doubles, only whole numbers inside the region are taken for a range, at every granularity") {
  const double none[] = {-1,        -0x1p53, 0.5,        100.25, std::nan(""), HUGE_VAL,
                         -HUGE_VAL, 0x1p52,  0x1p52 + 1, 0x1p53, 0x1p63,       1e300};
  for (const auto forced : {Granularity::page, unsynced(), Granularity::byte}) {
    const auto region = make(forced);
    REQUIRE(region != nullptr);
    for (const double number : none) {
      for (const auto& ranges : {std::array{0.0, 64.0, number, 64.0}, std::array{0.0, 64.0, 64.0, number}}) {
        CHECK(region->flush_many(ranges.data(), 2) == Status::out_of_range);
      }
    }
    const double whole[] = {0, 16384, 16383, 1, 16384, 0, -0.0, 1};
    CHECK(region->flush_many(whole, 4) == Status::ok);
  }
}

CLAIM("at page granularity copies and fills are synced by the next drain without a flush") {
  const auto region = make();
  REQUIRE(region != nullptr);
  const std::vector<std::byte> bytes(1000, std::byte{1});
  CHECK(region->copy(12288, bytes.data(), bytes.size()) == Status::ok);
  CHECK(region->drain() == Status::ok);
  CHECK(syncs == 1 && synced_bytes == 4096);
  CHECK(region->fill(0, 5000, 1) == Status::ok);
  CHECK(region->drain() == Status::ok);
  CHECK(syncs == 2 && synced_bytes == 8192);
}

CLAIM("at cache-line and byte granularity nothing is synced") {
  for (const Granularity forced : {unsynced(), Granularity::byte}) {
    const auto region = make(forced);
    REQUIRE(region != nullptr);
    CHECK(region->granularity() == forced);
    CHECK(region->persist(0, 16384) == Status::ok);
    CHECK(syncs == 0);
    CHECK(region->durability().survives == Survives::process_exit);
  }
}

CLAIM("a failed sync poisons the region for every writing verb, and is not tried again") {
  const auto region = make();
  REQUIRE(region != nullptr);
  sync_answer = EIO;
  CHECK(region->persist(0, 1) == Status::sync_failed);
  CHECK(syncs == 1);
  CHECK(region->sync_error() == EIO);
  sync_answer = 0;
  std::byte byte{};
  CHECK(region->persist(0, 1) == Status::sync_failed);
  CHECK(region->flush(0, 1) == Status::sync_failed);
  CHECK(region->drain() == Status::sync_failed);
  CHECK(region->copy(0, &byte, 1) == Status::sync_failed);
  CHECK(region->copy_within(0, 1, 1) == Status::sync_failed);
  CHECK(region->fill(0, 1, 1) == Status::sync_failed);
  CHECK(region->publish(0, 1) == Status::sync_failed);
  auto grown = region->grow(20000);
  CHECK(!grown.ok() && grown.failure().status == Status::sync_failed);
  auto advised = region->advise(nodemm::Advice::random_now, 0, 1);
  CHECK(!advised.ok() && advised.failure().status == Status::sync_failed);
  CHECK(syncs == 1);
  std::uint32_t sum = 0;
  CHECK(region->crc32c(0, 1, 0, &sum) == Status::ok);
}

#if defined(__linux__)
CLAIM("a sync beside a growth's waits for it, since only one of them is told of an error") {
  const auto region = make();
  REQUIRE(region != nullptr);
  CHECK(region->fill(0, 1, 7) == Status::ok);
  file_sync = FileSync::failing;
  auto grown = nodemm::Result<>(nodemm::Done{});
  std::thread growing([&] { grown = region->grow(1 << 19); });
  while (file_sync != FileSync::held) std::this_thread::yield();
  std::atomic<bool> persisted{false};
  Status answer = Status::ok;
  std::thread persisting([&] {
    answer = region->persist(0, 1);
    persisted = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(!persisted);
  file_sync = FileSync::real;
  growing.join();
  persisting.join();
  CHECK(!grown.ok() && grown.failure().status == Status::sync_failed);
  CHECK(answer == Status::sync_failed && syncs == 0);
}

CLAIM("a growth of a region that a sync has poisoned in the meantime is not synced any more") {
  const auto region = make();
  REQUIRE(region != nullptr);
  sync_answer = EIO;
  auto grown = region->grow(1 << 19, [&] {
    CHECK(region->persist(0, 1) == Status::sync_failed);
    return false;
  });
  CHECK(!grown.ok() && grown.failure().status == Status::sync_failed && grown.failure().error_number == EIO);
  CHECK(region->length() == 16384);
}
#endif

CLAIM("overlapping copies are refused, touching ones are not") {
  const auto region = make(unsynced());
  REQUIRE(region != nullptr);
  CHECK(region->copy_within(0, 63, 64) == Status::overlap);
  CHECK(region->copy_within(63, 0, 64) == Status::overlap);
  CHECK(region->copy_within(5, 5, 1) == Status::overlap);
  CHECK(region->copy_within(0, 64, 64) == Status::ok);
  CHECK(region->copy_within(5, 5, 0) == Status::ok);
  CHECK(region->copy(100, region->base() + 50, 51) == Status::overlap);
  CHECK(region->copy(100, region->base() + 50, 50) == Status::ok);
}

CLAIM("a demand that cannot be met is refused with the reason and leaves no file") {
  Region::Request request;
  const std::string path = check::fresh_folder() + "/file";
  request.source = {path, Creation::create, false, 4096};
  request.demanded = Granularity::cache_line;
  auto opened = Region::open(request);
  REQUIRE(!opened.ok());
  CHECK(opened.failure().status == Status::granularity);
  CHECK(!opened.failure().detail.empty());
  CHECK(access(path.c_str(), F_OK) != 0);
}

CLAIM("a processor that cannot write lines back is refused line granularity, even forced") {
  if (nodemm::best_instructions().flush != nullptr) return;
  Region::Request request;
  const std::string path = check::fresh_folder() + "/file";
  request.source = {path, Creation::create, false, 4096};
  request.forced = Granularity::cache_line;
  auto opened = Region::open(request);
  REQUIRE(!opened.ok());
  CHECK(opened.failure().status == Status::unsupported);
  CHECK(access(path.c_str(), F_OK) != 0);
}

CLAIM("growth keeps the address and the bytes, and the capacity bounds it") {
  const auto region = make(unsynced(), 5000);
  REQUIRE(region != nullptr);
  std::byte* base = region->base();
  CHECK(region->fill(0, 5000, 7) == Status::ok);
  CHECK(region->grow(200000).ok());
  CHECK(region->base() == base && region->length() == 200000);
  CHECK(base[4999] == std::byte{7} && base[5000] == std::byte{0} && base[199999] == std::byte{0});
  CHECK(region->grow(1 << 20).ok());
  auto beyond = region->grow((1 << 20) + 1);
  CHECK(!beyond.ok() && beyond.failure().status == Status::capacity);
  CHECK(region->length() == 1 << 20);
}

CLAIM("a closed region refuses every verb") {
  const auto region = make();
  REQUIRE(region != nullptr);
  region->close();
  region->close();
  std::uint32_t sum = 0;
  CHECK(region->persist(0, 0) == Status::closed);
  CHECK(region->drain() == Status::closed);
  CHECK(region->crc32c(0, 0, 0, &sum) == Status::closed);
  CHECK(!region->grow(1).ok());
}

CLAIM("a read-only region refuses every writing verb and can be read") {
  const std::string path = check::fresh_folder() + "/file";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  CHECK(write(descriptor, "123456789", 9) == 9);
  close(descriptor);
  Region::Request request;
  request.source = {path, Creation::open, true, 0};
  auto opened = Region::open(request);
  REQUIRE(opened.ok());
  Region& region = *opened.value();
  CHECK(region.persist(0, 9) == Status::read_only);
  CHECK(region.fill(0, 9, 0) == Status::read_only);
  std::uint32_t sum = 0;
  CHECK(region.crc32c(0, 9, 0, &sum) == Status::ok && sum == 0xe3069283);
  CHECK(region.durability().survives == Survives::none);
}

CLAIM("short copies on another thread share one sync of the pages, which takes all of them") {
  using nodemm::CopyMany;
  const auto region = make(Granularity::page, 1 << 20);
  REQUIRE(region != nullptr);
  const std::vector<std::byte> source(5000, std::byte{5});
  std::vector<std::int32_t> claims(2, CopyMany::free);
  CopyMany job(region, {{900000, source.data(), 5000}, {8192, source.data(), 0}, {70000, source.data(), 5000}},
               claims.data(), 1 << 20);
  job.run();
  CHECK(job.status() == Status::ok);
  CHECK(syncs == 1);
  CHECK(synced_bytes >= 905000 - 70000 && synced_bytes < 905000 - 70000 + 3 * 4096);
  CopyMany nothing(region, {{8192, source.data(), 0}}, claims.data(), 1 << 20);
  nothing.run();
  CHECK(nothing.status() == Status::ok);
  CHECK(syncs == 1);
}

}  // namespace
