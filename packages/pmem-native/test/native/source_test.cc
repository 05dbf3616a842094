#include "../../native/core/source.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

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

}  // namespace
