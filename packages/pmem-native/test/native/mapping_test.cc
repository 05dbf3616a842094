#include "../../native/core/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "check.h"

namespace {

using nodemm::Mapping;
using nodemm::Result;
using nodemm::Sharing;
using nodemm::Status;

int make_file(std::uint64_t length) {
  const int descriptor = ::open((check::fresh_folder() + "/file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  CHECK(ftruncate(descriptor, static_cast<off_t>(length)) == 0);
  return descriptor;
}

CLAIM("a reservation begins at a multiple of 2 MiB and has the capacity asked for") {
  auto reserved = Mapping::reserve(std::uint64_t{1} << 30, 4096, true);
  REQUIRE(reserved.ok());
  CHECK(reserved.value()->capacity() == std::uint64_t{1} << 30);
  CHECK(reinterpret_cast<std::uintptr_t>(reserved.value()->base()) % (std::uintptr_t{2} << 20) == 0);
}

CLAIM("a reservation for larger units begins and ends at multiples of them") {
  constexpr std::uint64_t kUnitBytes = std::uint64_t{1} << 30;
  auto reserved = Mapping::reserve(kUnitBytes + 1, 4096, true, kUnitBytes);
  REQUIRE(reserved.ok());
  CHECK(reserved.value()->capacity() == 2 * kUnitBytes);
  CHECK(reserved.value()->unit() == kUnitBytes);
  CHECK(reinterpret_cast<std::uintptr_t>(reserved.value()->base()) % kUnitBytes == 0);
}

CLAIM("an exact reservation that is refused fails, another yields down to what is had") {
  const std::uint64_t absurd = std::uint64_t{1} << 60;
  auto exact = Mapping::reserve(absurd, 4096, true);
  REQUIRE(!exact.ok());
  CHECK(exact.failure().status == Status::capacity);
  auto yielding = Mapping::reserve(absurd, 4096, false);
  REQUIRE(yielding.ok());
  CHECK(yielding.value()->capacity() >= std::uint64_t{1} << 30);
  CHECK(yielding.value()->capacity() < absurd);
}

CLAIM("extending never moves what is mapped, and a shared mapping reaches the file") {
  const int descriptor = make_file(8192);
  auto reserved = Mapping::reserve(1 << 20, 4096, true);
  REQUIRE(reserved.ok());
  Mapping& mapping = *reserved.value();
  REQUIRE(mapping.extend(descriptor, 100, Sharing::shared).ok());
  CHECK(mapping.mapped() == nodemm::page_bytes());
  std::byte* base = mapping.base();
  base[5] = std::byte{42};
  REQUIRE(mapping.extend(descriptor, 8192, Sharing::shared).ok());
  CHECK(mapping.base() == base);
  CHECK(mapping.mapped() == 8192);
  base[8191] = std::byte{43};
  char bytes[2] = {};
  CHECK(pread(descriptor, &bytes[0], 1, 5) == 1 && pread(descriptor, &bytes[1], 1, 8191) == 1);
  CHECK(bytes[0] == 42 && bytes[1] == 43);
  close(descriptor);
}

CLAIM("a private mapping shows the file and keeps stores from it") {
  const int descriptor = make_file(4096);
  CHECK(pwrite(descriptor, "x", 1, 0) == 1);
  auto reserved = Mapping::reserve(4096, 4096, true);
  REQUIRE(reserved.ok());
  REQUIRE(reserved.value()->extend(descriptor, 4096, Sharing::private_copy).ok());
  CHECK(reserved.value()->base()[0] == std::byte{'x'});
  reserved.value()->base()[0] = std::byte{'y'};
  char byte = 0;
  CHECK(pread(descriptor, &byte, 1, 0) == 1 && byte == 'x');
  close(descriptor);
}

CLAIM("after retiring, stale addresses read zeros, take stores, and reach no file") {
  const int descriptor = make_file(4096);
  CHECK(pwrite(descriptor, "x", 1, 0) == 1);
  auto reserved = Mapping::reserve(1 << 20, 4096, true);
  REQUIRE(reserved.ok());
  Mapping& mapping = *reserved.value();
  REQUIRE(mapping.extend(descriptor, 4096, Sharing::shared).ok());
  std::byte* base = mapping.base();
  mapping.retire();
  CHECK(mapping.capacity() == 4096);
  CHECK(base[0] == std::byte{0});
  base[0] = std::byte{'z'};
  char byte = 0;
  CHECK(pread(descriptor, &byte, 1, 0) == 1 && byte == 'x');
  close(descriptor);
}

CLAIM("MAP_SYNC is not granted by a file system in memory") {
#if defined(__linux__)
  const int descriptor = ::open((check::fresh_folder("/dev/shm") + "/file").c_str(), O_RDWR | O_CREAT, 0600);
  CHECK(ftruncate(descriptor, 4096) == 0);
  CHECK(!Mapping::grants_sync(descriptor));
  close(descriptor);
#endif
}

CLAIM("address space begins where the largest pages of its source can") {
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
  CHECK(Mapping::alignment_for(1024 * kMiB, true) == 1024 * kMiB);
  CHECK(Mapping::alignment_for(1024 * kMiB - 1, true) == 2 * kMiB);
  CHECK(Mapping::alignment_for(4096 * kMiB, false) == 2 * kMiB);
  for (const std::uint64_t alignment : {2 * kMiB, 1024 * kMiB}) {
    Result<std::unique_ptr<Mapping>> reserved =
        Mapping::reserve(1536 * kMiB, 4096, true, nodemm::page_bytes(), alignment);
    REQUIRE(reserved.ok());
    CHECK(reinterpret_cast<std::uintptr_t>(reserved.value()->base()) % alignment == 0);
    CHECK(reserved.value()->capacity() == 1536 * kMiB);
  }
}

// Emulators of other processors have an account of memory of their own.
#if defined(__linux__) && defined(__x86_64__)
// What RLIMIT_DATA limits.
std::uint64_t private_bytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  std::uint64_t kibibytes = 0;
  while (status >> word && word != "VmData:") {
  }
  status >> kibibytes;
  return kibibytes * 1024;
}

CLAIM("a child that forks without exec has nothing of a mapping") {
  const int descriptor = make_file(8192);
  auto reserved = Mapping::reserve(1 << 20, 4096, true);
  REQUIRE(reserved.ok());
  REQUIRE(reserved.value()->extend(descriptor, 8192, Sharing::shared).ok());
  close(descriptor);
  const pid_t child = fork();
  if (child == 0) {
    unsigned char resident = 0;
    const bool is_gone = mincore(reserved.value()->base(), 4096, &resident) != 0 && errno == ENOMEM;
    _exit(is_gone ? 0 : 1);
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

CLAIM("a retired mapping takes nothing of a limit on private memory") {
  constexpr std::uint64_t kLength = std::uint64_t{1} << 30;
  const int descriptor = make_file(kLength);
  auto reserved = Mapping::reserve(kLength, kLength, true);
  REQUIRE(reserved.ok());
  REQUIRE(reserved.value()->extend(descriptor, kLength, Sharing::shared).ok());
  close(descriptor);
  const std::uint64_t before = private_bytes();
  reserved.value()->retire();
  CHECK(private_bytes() < before + kLength / 2);
  CHECK(reserved.value()->base()[kLength - 1] == std::byte{0});
}
#endif

}  // namespace
