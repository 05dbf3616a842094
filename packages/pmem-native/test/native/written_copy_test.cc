// Copies at page granularity that are written to the file instead of stored in its pages. The file system is taken for
// one on which that is done, whatever it is: this program answers for `fstatfs`, `pwrite`, `sync_file_range` and
// `posix_fadvise`.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "../../native/core/background.h"
#include "../../native/core/region.h"
#include "check.h"

namespace {

constexpr long kExt = 0xef53;
constexpr long kTmpfs = 0x01021994;

// 0: what the system says.
long file_system = 0;
// Bytes that may be written before a write fails with this.
std::uint64_t write_room = UINT64_MAX;
int write_error = 0;
int interruptions = 0;
std::uint64_t written_bytes = 0;
int start_answer = 0;

struct Started {
  std::uint64_t offset;
  std::uint64_t length;
  unsigned flags;
};
std::vector<Started> starts;

struct Dropped {
  std::uint64_t begin;
  std::uint64_t end;
};
std::vector<Dropped> drops;

}  // namespace

// They take the C library's places in this program.
extern "C" int fstatfs(int descriptor, struct statfs* facts) noexcept {
  const int answer = static_cast<int>(syscall(SYS_fstatfs, descriptor, facts));
  if (answer == 0 && file_system != 0) facts->f_type = file_system;
  return answer;
}

extern "C" ssize_t pwrite(int descriptor, const void* bytes, size_t length, off_t offset) {
  if (interruptions > 0) {
    interruptions--;
    errno = EINTR;
    return -1;
  }
  if (length > 0 && written_bytes >= write_room) {
    errno = write_error;
    return -1;
  }
  const std::uint64_t room = write_room - written_bytes;
  const long written = syscall(SYS_pwrite64, descriptor, bytes, std::min<std::uint64_t>(length, room), offset);
  if (written > 0) written_bytes += static_cast<std::uint64_t>(written);
  return written;
}

extern "C" int sync_file_range(int, off64_t offset, off64_t length, unsigned flags) {
  starts.push_back({static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(length), flags});
  if (start_answer == 0) return 0;
  errno = start_answer;
  return -1;
}

extern "C" int posix_fadvise(int descriptor, off_t offset, off_t length, int advice) {
  if (advice == POSIX_FADV_DONTNEED) {
    const auto begin = static_cast<std::uint64_t>(offset);
    drops.push_back({begin, begin + static_cast<std::uint64_t>(length)});
  }
  return syscall(SYS_fadvise64, descriptor, offset, length, advice) == 0 ? 0 : errno;
}

namespace {

using nodemm::Advice;
using nodemm::Background;
using nodemm::Creation;
using nodemm::Granularity;
using nodemm::Region;
using nodemm::Status;

constexpr std::uint64_t kSize = std::uint64_t{24} << 20;

// Puts the answers back at the end of a claim.
struct Answers {
  explicit Answers(long type = kExt) {
    file_system = type;
    reset();
  }
  ~Answers() {
    file_system = 0;
    reset();
  }
  static void reset() {
    write_room = UINT64_MAX;
    write_error = interruptions = start_answer = 0;
    written_bytes = 0;
    starts.clear();
    drops.clear();
  }
};

struct Made {
  std::string path;
  std::shared_ptr<Region> region;
};

Made make(std::optional<Granularity> forced = std::nullopt) {
  Region::Request request;
  request.source = {check::fresh_folder() + "/file", Creation::create, false, kSize};
  request.capacity = kSize;
  request.forced = forced;
  auto opened = Region::open(request);
  CHECK(opened.ok());
  Answers::reset();
  return {request.source.path, opened.ok() ? opened.value() : nullptr};
}

std::vector<std::byte> pattern(std::uint64_t length) {
  std::vector<std::byte> bytes(length);
  for (std::uint64_t at = 0; at < length; at++) bytes[at] = static_cast<std::byte>(at % 251 + 1);
  return bytes;
}

// Whether these bytes are there, and nothing around them.
bool holds(const Region& region, std::uint64_t offset, const std::vector<std::byte>& bytes) {
  const std::byte* base = region.base();
  return std::memcmp(base + offset, bytes.data(), bytes.size()) == 0 && base[offset - 1] == std::byte{0} &&
         base[offset + bytes.size()] == std::byte{0};
}

CLAIM("a copy of some pages is written to the file, and the mapping shows it at once; a shorter one is stored") {
  const Answers answers;
  const auto [path, region] = make();
  REQUIRE(region != nullptr);
  CHECK(region->granularity() == Granularity::page);
  const auto bytes = pattern(300001);
  CHECK(region->copy(4099, bytes.data(), bytes.size()) == Status::ok);
  CHECK(written_bytes == bytes.size());
  CHECK(holds(*region, 4099, bytes));
  CHECK(region->copy(2000003, bytes.data(), 4096) == Status::ok);
  CHECK(written_bytes == bytes.size());
  CHECK(region->drain() == Status::ok);
}

CLAIM("copies within the region and on other threads are written too") {
  const Answers answers;
  const auto [path, region] = make();
  REQUIRE(region != nullptr);
  const auto bytes = pattern(100003);
  Region::Piece piece;
  piece.verb = Region::Piece::Verb::copy;
  piece.offset = 77;
  piece.length = bytes.size();
  piece.source = bytes.data();
  Background background(region, piece);
  background.run();
  CHECK(background.status() == Status::ok);
  CHECK(written_bytes == bytes.size());
  CHECK(region->copy_within(5000001, 77, bytes.size()) == Status::ok);
  CHECK(region->store_piece(9000001, bytes.data(), bytes.size()) == Status::ok);
  CHECK(written_bytes == 3 * bytes.size());
  for (const std::uint64_t offset : {77, 5000001, 9000001}) CHECK(holds(*region, offset, bytes));
  // Nobody waits for its system call, so a page is enough.
  CHECK(region->store_lent_piece(12000000, bytes.data(), 4096) == Status::ok);
  CHECK(written_bytes == 3 * bytes.size() + 4096);
}

CLAIM("of many copies those of a page are written, and shorter ones stored") {
  const Answers answers;
  const auto [path, region] = make();
  REQUIRE(region != nullptr);
  const auto bytes = pattern(16383);
  const auto copies = [&](std::uint64_t length) {
    return std::vector<Region::Copy>{{4099, bytes.data(), length}, {100000, bytes.data(), length}};
  };
  CHECK(region->copy_many(copies(4095)) == Status::ok);
  CHECK(written_bytes == 0);
  CHECK(region->copy_many(copies(4096)) == Status::ok);
  CHECK(written_bytes == 2 * 4096);
  CHECK(region->copy_many(copies(16383)) == Status::ok);
  CHECK(region->copy(4099, bytes.data(), 16383) == Status::ok);
  CHECK(written_bytes == 2 * 4096 + 2 * 16383);
  for (const std::uint64_t offset : {4099, 100000}) CHECK(holds(*region, offset, bytes));
  CHECK(region->drain() == Status::ok);
}

CLAIM("what a write leaves over, or an interrupted one, is stored all the same") {
  const Answers answers;
  const auto bytes = pattern(200001);
  for (const int error_number : {EIO, ENOSPC, EFAULT, EPERM}) {
    for (const std::uint64_t room : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{70000}}) {
      const auto [path, region] = make();
      REQUIRE(region != nullptr);
      write_room = room;
      write_error = error_number;
      interruptions = 3;
      CHECK(region->copy(4099, bytes.data(), bytes.size()) == Status::ok);
      CHECK(interruptions == 0);
      CHECK(written_bytes == room);
      CHECK(holds(*region, 4099, bytes));
      CHECK(region->drain() == Status::ok);
    }
  }
}

CLAIM("a copy past a truncation is a fault, and does not lengthen the file again") {
  if (check::emulated()) return;
  const Answers answers;
  const auto [path, region] = make();
  REQUIRE(region != nullptr);
  const auto bytes = pattern(100000);
  CHECK(truncate(path.c_str(), 65536) == 0);
  CHECK(region->copy(60000, bytes.data(), bytes.size()) == Status::fault);
  struct stat facts;
  CHECK(stat(path.c_str(), &facts) == 0);
  CHECK(facts.st_size == 65536);
  CHECK(region->copy(0, bytes.data(), 20000) == Status::fault);
}

CLAIM("a size limit below the file's length raises no signal") {
  const Answers answers;
  const auto [path, region] = make();
  REQUIRE(region != nullptr);
  const auto bytes = pattern(100000);
  struct rlimit before;
  CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
  struct rlimit small = before;
  small.rlim_cur = 1 << 20;
  CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
  CHECK(region->copy((1 << 20) - 50001, bytes.data(), bytes.size()) == Status::ok);
  CHECK(region->copy(2 << 20, bytes.data(), bytes.size()) == Status::ok);
  CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(written_bytes == 50001);
  CHECK(holds(*region, (1 << 20) - 50001, bytes));
  CHECK(holds(*region, 2 << 20, bytes));
}

CLAIM("the medium begins with the whole pages of a long copy, and it does not matter whether it can") {
  const Answers answers;
  for (const int answer : {0, EIO}) {
    const auto [path, region] = make();
    REQUIRE(region != nullptr);
    start_answer = answer;
    const auto bytes = pattern((std::uint64_t{12} << 20) + 5);
    CHECK(region->copy(100, bytes.data(), bytes.size()) == Status::ok);
    CHECK(starts.size() == 3);
    std::uint64_t started = 0;
    for (const Started& start : starts) {
      CHECK(start.flags == SYNC_FILE_RANGE_WRITE);
      CHECK(start.offset % 4096 == 0 && start.length % 4096 == 0);
      CHECK(start.offset >= 100 && start.offset + start.length <= 100 + bytes.size());
      started += start.length;
    }
    CHECK(started + 8 * 4096 > bytes.size());
    CHECK(holds(*region, 100, bytes));
    CHECK(region->drain() == Status::ok);
    starts.clear();
    CHECK(region->copy(100, bytes.data(), 400000) == Status::ok);
    CHECK(starts.empty());
  }
}

// Whether exactly these ranges have been dropped since the last question.
bool dropped(const std::vector<Dropped>& expected) {
  const auto same = [](const Dropped& a, const Dropped& b) { return a.begin == b.begin && a.end == b.end; };
  const bool as_expected = std::equal(drops.begin(), drops.end(), expected.begin(), expected.end(), same);
  drops.clear();
  return as_expected;
}

constexpr std::uint64_t kPart = 16384;

CLAIM("the first write to each whole part of 16 KiB lets go of its pages, no other does, and no byte changes") {
  const Answers answers;
  const auto [path, region] = make();
  REQUIRE(region != nullptr);
  const auto bytes = pattern(40 * kPart);
  CHECK(region->copy(2 * kPart + 5, bytes.data(), kPart - 5) == Status::ok);
  CHECK(dropped({}));
  CHECK(region->copy(4 * kPart + 3, bytes.data(), 18 * kPart) == Status::ok);
  CHECK(dropped({{5 * kPart, 22 * kPart}}));
  CHECK(region->copy(4 * kPart + 3, bytes.data(), 18 * kPart) == Status::ok);
  CHECK(dropped({}));
  // Around it, with dirty pages on both sides.
  CHECK(region->copy(3 * kPart + 1, bytes.data(), 20 * kPart) == Status::ok);
  CHECK(dropped({{4 * kPart, 5 * kPart}, {22 * kPart, 23 * kPart}}));
  CHECK(std::memcmp(region->base() + 2 * kPart + 5, bytes.data(), kPart - 5) == 0);
  CHECK(std::memcmp(region->base() + 3 * kPart + 1, bytes.data(), 20 * kPart) == 0);
  // From the first byte to the last.
  CHECK(region->copy(0, pattern(kSize).data(), kSize) == Status::ok);
  CHECK(dropped({{0, 4 * kPart}, {23 * kPart, kSize}}));
  CHECK(region->drain() == Status::ok);
}

CLAIM("pages that a program wants single are not let go of for larger ones") {
  const Answers answers;
  for (const Advice advice : {Advice::random, Advice::random_now}) {
    const auto [path, region] = make();
    REQUIRE(region != nullptr);
    CHECK(region->advise(advice, 3 * kPart + 1, 4 * kPart).ok());
    drops.clear();
    const auto bytes = pattern(16 * kPart);
    CHECK(region->copy(0, bytes.data(), bytes.size()) == Status::ok);
    CHECK(dropped({{0, 3 * kPart}, {8 * kPart, 16 * kPart}}));
  }
}

CLAIM("nothing is written on other file systems, at other granularities or to memory") {
  const auto bytes = pattern(100000);
  {
    const Answers answers(kTmpfs);
    const auto [path, region] = make();
    REQUIRE(region != nullptr);
    CHECK(region->copy(100, bytes.data(), bytes.size()) == Status::ok);
    CHECK(holds(*region, 100, bytes));
  }
  CHECK(written_bytes == 0 && drops.empty());
  const Answers answers;
  const auto [path, region] = make(Granularity::byte);
  REQUIRE(region != nullptr);
  CHECK(region->copy(100, bytes.data(), bytes.size()) == Status::ok);
  CHECK(written_bytes == 0);
}

}  // namespace
