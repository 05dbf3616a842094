#include "../../native/core/source.h"

#include <dirent.h>
#include <fcntl.h>
#if defined(__linux__)
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "check.h"

#if defined(__linux__)
namespace {

enum class Allocator { real, absent, runs_out };
Allocator allocator = Allocator::real;
int allocations = 0;
bool proc_mounted = true;

}  // namespace

// Takes the C library's place in this program: as of a file system without it, or one that runs out half-way.
extern "C" int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  allocations++;
  if (allocator == Allocator::absent) {
    errno = EOPNOTSUPP;
    return -1;
  }
  const bool runs_out = allocator == Allocator::runs_out;
  const long answer = syscall(SYS_fallocate, descriptor, mode, offset, runs_out ? length / 2 : length);
  if (!runs_out || answer != 0) return static_cast<int>(answer);
  errno = ENOSPC;
  return -1;
}

// As in a container without /proc, where a file that was made without a name can never get one.
extern "C" int access(const char* path, int mode) noexcept {
  if (!proc_mounted && std::string(path).rfind("/proc", 0) == 0) {
    errno = ENOENT;
    return -1;
  }
  return static_cast<int>(syscall(SYS_faccessat, AT_FDCWD, path, mode));
}
#endif

namespace {

using nodemm::Creation;
using nodemm::Source;
using nodemm::Status;

Source::Request creating(const std::string& path, std::uint64_t size) { return {path, Creation::create, false, size}; }
Source::Request opening(const std::string& path, bool read_only = false) {
  return {path, Creation::open, read_only, 0};
}

int entries(const std::string& folder) {
  DIR* directory = opendir(folder.c_str());
  int count = -2;  // "." and ".."
  while (readdir(directory) != nullptr) count++;
  closedir(directory);
  return count;
}

bool make(const std::string& path, std::uint64_t size) {
  auto made = Source::open(creating(path, size));
  return made.ok() && made.value().publish().ok();
}

CLAIM("a file being created has no name until it is published") {
  const std::string folder = check::fresh_folder();
  auto made = Source::open(creating(folder + "/file", 5000));
  REQUIRE(made.ok());
  CHECK(entries(folder) == 0);
  REQUIRE(made.value().publish().ok());
  CHECK(entries(folder) == 1);
  CHECK(made.value().created());
  CHECK(made.value().length() == 5000);
}

CLAIM("a creation that is dropped before it is published leaves nothing") {
  const std::string folder = check::fresh_folder();
  {
    auto made = Source::open(creating(folder + "/file", 4096));
    REQUIRE(made.ok());
  }
  CHECK(entries(folder) == 0);
}

CLAIM("a created file is really allocated") {
  const std::string path = check::fresh_folder() + "/file";
  REQUIRE(make(path, 1 << 20));
  struct stat facts;
  CHECK(stat(path.c_str(), &facts) == 0 && facts.st_blocks * 512 >= 1 << 20);
}

CLAIM("opening makes a sparse file really allocated and keeps its bytes") {
  const std::string path = check::fresh_folder() + "/file";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  CHECK(ftruncate(descriptor, 1 << 20) == 0 && pwrite(descriptor, "abc", 3, 300000) == 3);
  struct stat facts;
  CHECK(fstat(descriptor, &facts) == 0 && facts.st_blocks * 512 < 1 << 20);
  auto opened = Source::open(opening(path));
  REQUIRE(opened.ok());
  CHECK(fstat(descriptor, &facts) == 0 && facts.st_blocks * 512 >= 1 << 20);
  char bytes[4] = {};
  CHECK(pread(descriptor, bytes, 3, 300000) == 3 && std::string(bytes) == "abc");
  close(descriptor);
}

CLAIM("one writer or many readers: every other opening is refused") {
  const std::string path = check::fresh_folder() + "/file";
  REQUIRE(make(path, 4096));
  {
    auto writer = Source::open(opening(path));
    REQUIRE(writer.ok());
    auto second = Source::open(opening(path));
    REQUIRE(!second.ok());
    CHECK(second.failure().status == Status::locked);
    auto reader = Source::open(opening(path, true));
    REQUIRE(!reader.ok());
    CHECK(reader.failure().status == Status::locked);
  }
  auto first = Source::open(opening(path, true));
  auto other = Source::open(opening(path, true));
  CHECK(first.ok() && other.ok());
  CHECK(!Source::open(opening(path)).ok());
}

CLAIM("what is no regular file, is missing, is empty or exists already is told apart") {
  const std::string folder = check::fresh_folder();
  const auto status_of = [](const Source::Request& request) {
    auto opened = Source::open(request);
    return opened.ok() ? Status::ok : opened.failure().status;
  };
  CHECK(status_of(opening(folder)) == Status::not_a_file);
  CHECK(status_of(opening("/dev/null")) == Status::not_a_file);
  CHECK(mkfifo((folder + "/pipe").c_str(), 0600) == 0);
  CHECK(status_of(opening(folder + "/pipe", true)) == Status::not_a_file);
  CHECK(status_of(opening(folder + "/missing")) == Status::not_found);
  CHECK(status_of(creating(folder + "/missing/file", 4096)) == Status::not_found);
  close(::open((folder + "/empty").c_str(), O_CREAT | O_WRONLY, 0600));
  CHECK(status_of(opening(folder + "/empty")) == Status::empty_file);
  CHECK(status_of(creating(folder + "/empty", 4096)) == Status::exists);
  CHECK(symlink("nowhere", (folder + "/link").c_str()) == 0);
  CHECK(status_of(creating(folder + "/link", 4096)) == Status::exists);
  CHECK(status_of({folder + "/link", Creation::open_or_create, false, 4096}) == Status::exists);
}

CLAIM("a size above the disk is refused with figures and leaves nothing") {
  const std::string folder = check::fresh_folder();
  auto made = Source::open(creating(folder + "/file", std::uint64_t{1} << 50));
  REQUIRE(!made.ok());
  CHECK(made.failure().status == Status::no_space);
  CHECK(made.failure().needed_bytes == std::uint64_t{1} << 50);
  CHECK(made.failure().free_bytes > 0);
  CHECK(entries(folder) == 0);
}

CLAIM("a size above the process's limit is refused before the kernel's signal") {
  const std::string folder = check::fresh_folder();
  struct rlimit before;
  CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
  struct rlimit small = before;
  small.rlim_cur = 1 << 20;
  CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
  auto made = Source::open(creating(folder + "/file", 2 << 20));
  CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
  REQUIRE(!made.ok());
  CHECK(made.failure().status == Status::no_space);
  CHECK(entries(folder) == 0);
}

CLAIM("growth adds zeros, and growth that fails leaves the length as it was") {
  const std::string path = check::fresh_folder() + "/file";
  REQUIRE(make(path, 4096));
  auto opened = Source::open(opening(path));
  REQUIRE(opened.ok());
  CHECK(opened.value().grow(10000).ok());
  CHECK(opened.value().length() == 10000);
  auto grown = opened.value().grow(std::uint64_t{1} << 50);
  REQUIRE(!grown.ok());
  CHECK(grown.failure().status == Status::no_space);
  CHECK(opened.value().length() == 10000);
  struct stat facts;
  CHECK(stat(path.c_str(), &facts) == 0 && facts.st_size == 10000);
}

CLAIM("who maps beside the holder of the lock cannot grow the file, and cuts nothing that the holder has added") {
  const std::string path = check::fresh_folder() + "/file";
  REQUIRE(make(path, 4096));
  auto holder = Source::open(opening(path));
  REQUIRE(holder.ok());
  Source::Request request = opening(path);
  request.beside = true;
  auto beside = Source::open(request);
  REQUIRE(beside.ok());
  REQUIRE(holder.value().grow(1 << 20).ok());
  for (const std::uint64_t length : {std::uint64_t{2} << 20, std::uint64_t{1} << 50}) {
    auto grown = beside.value().grow(length);
    CHECK(!grown.ok() && grown.failure().status == Status::unsupported);
    auto stopped = beside.value().grow(length, [] { return true; });
    CHECK(!stopped.ok());
    struct stat facts;
    CHECK(stat(path.c_str(), &facts) == 0 && facts.st_size == 1 << 20);
  }
}

#if defined(__linux__)
CLAIM("a size above the free space is refused without filling the disk first") {
  const std::string folder = check::fresh_folder();
  struct statvfs facts;
  CHECK(statvfs(folder.c_str(), &facts) == 0);
  allocations = 0;
  auto made =
      Source::open(creating(folder + "/file", static_cast<std::uint64_t>(facts.f_bfree + 1) * facts.f_frsize * 2));
  REQUIRE(!made.ok());
  CHECK(made.failure().status == Status::no_space);
  CHECK(allocations == 0);
}

CLAIM("where no file can be made without a name, a creation that fails removes its file again") {
  const std::string folder = check::fresh_folder();
  proc_mounted = false;
  {
    auto dropped = Source::open(creating(folder + "/dropped", 4096));
    CHECK(dropped.ok());
    CHECK(entries(folder) == 1);
  }
  CHECK(entries(folder) == 0);
  CHECK(!Source::open(creating(folder + "/large", std::uint64_t{1} << 50)).ok());
  CHECK(entries(folder) == 0);
  CHECK(make(folder + "/kept", 4096));
  proc_mounted = true;
  CHECK(entries(folder) == 1);
}

CLAIM("growth that runs out of space half-way is given back") {
  const std::string path = check::fresh_folder() + "/file";
  REQUIRE(make(path, 4096));
  auto opened = Source::open(opening(path));
  REQUIRE(opened.ok());
  allocator = Allocator::runs_out;
  auto grown = opened.value().grow(1 << 20);
  allocator = Allocator::real;
  REQUIRE(!grown.ok());
  CHECK(grown.failure().status == Status::no_space && grown.failure().error_number == ENOSPC);
  CHECK(grown.failure().needed_bytes == (1 << 20) - 4096);
  struct stat facts;
  CHECK(stat(path.c_str(), &facts) == 0 && facts.st_size == 4096 && facts.st_blocks * 512 < 1 << 19);
  CHECK(opened.value().length() == 4096);
}

CLAIM("a file without holes is not allocated again, and one hole of a page is found wherever it is") {
  const std::string path = check::fresh_folder() + "/file";
  constexpr off_t kSize = 1 << 20;
  constexpr off_t kPage = 4096;
  REQUIRE(make(path, kSize));
  struct fiemap count{};
  count.fm_length = FIEMAP_MAX_OFFSET;
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  const bool tells = ioctl(descriptor, FS_IOC_FIEMAP, &count) == 0;
  struct stat whole;
  CHECK(fstat(descriptor, &whole) == 0);
  allocations = 0;
  CHECK(Source::open(opening(path)).ok());
  CHECK(allocations == 0 || !tells);
  for (const off_t hole : {off_t{0}, 77 * kPage, kSize - kPage}) {
    struct stat facts;
    const long punched = syscall(SYS_fallocate, descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, hole, kPage);
    CHECK(fstat(descriptor, &facts) == 0);
    // Not every file system makes one, or one so small.
    if (punched != 0 || facts.st_blocks >= whole.st_blocks) break;
    CHECK(Source::open(opening(path)).ok());
    CHECK(fstat(descriptor, &facts) == 0 && facts.st_blocks >= whole.st_blocks);
  }
  close(descriptor);
}

CLAIM("where the file system cannot allocate, holes are filled and bytes kept") {
  const std::string path = check::fresh_folder() + "/file";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  CHECK(ftruncate(descriptor, 100'001) == 0 && pwrite(descriptor, "abc", 3, 8190) == 3);
  allocator = Allocator::absent;
  auto opened = Source::open(opening(path));
  REQUIRE(opened.ok());
  auto grown = opened.value().grow(200'003);
  allocator = Allocator::real;
  CHECK(grown.ok());
  struct stat facts;
  CHECK(fstat(descriptor, &facts) == 0 && facts.st_size == 200'003 && facts.st_blocks * 512 >= 200'003);
  std::string content(200'003, 'x');
  CHECK(pread(descriptor, content.data(), content.size(), 0) == 200'003);
  std::string expected(200'003, '\0');
  expected.replace(8190, 3, "abc");
  CHECK(content == expected);
  close(descriptor);
}
#endif

}  // namespace
