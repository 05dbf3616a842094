#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "file.h"

namespace nodemm::os {
namespace {

constexpr std::uint64_t kStepBytes = 4096;

// statfs's types of file systems that keep files in memory (linux/magic.h, which musl systems may lack).
constexpr unsigned long kTmpfs = 0x01021994;
constexpr unsigned long kRamfs = 0x858458f6;
constexpr unsigned long kHugetlbfs = 0x958458f6;

// For file systems without fallocate: writes zeros into every hole, a byte a block, as posix_fallocate does. The lock
// is held, so nobody writes between the look and the write.
int fill_holes(int descriptor, std::uint64_t from, std::uint64_t to) noexcept {
  struct stat before;
  if (fstat(descriptor, &before) != 0) return errno;
  const auto old_length = static_cast<std::uint64_t>(before.st_size);
  std::uint64_t at = from;
  while (at < to) {
    char byte = 0;
    // The last byte of each block, so that the file ends exactly at `to`.
    const std::uint64_t last = std::min(to, (at / kStepBytes + 1) * kStepBytes) - 1;
    if (last < old_length && pread(descriptor, &byte, 1, static_cast<off_t>(last)) != 1)
      return errno != 0 ? errno : EIO;
    if (last >= old_length || byte == 0) {
      const char zero = 0;
      const ssize_t written = pwrite(descriptor, &zero, 1, static_cast<off_t>(last));
      if (written < 0 && errno == EINTR) continue;
      if (written != 1) return written < 0 ? errno : ENOSPC;
    }
    at = last + 1;
  }
  return 0;
}

}  // namespace

int lock_file(int descriptor, bool exclusive) noexcept {
  struct flock range{};
  range.l_type = static_cast<short>(exclusive ? F_WRLCK : F_RDLCK);
  range.l_whence = SEEK_SET;
  if (fcntl(descriptor, F_OFD_SETLK, &range) == 0) return 0;
  return errno == EACCES ? EAGAIN : errno;
}

int allocate_file(int descriptor, std::uint64_t from, std::uint64_t to) noexcept {
  int result;
  do {
    result = fallocate(descriptor, 0, static_cast<off_t>(from), static_cast<off_t>(to - from)) == 0 ? 0 : errno;
  } while (result == EINTR);
  return result == EOPNOTSUPP || result == ENOSYS ? fill_holes(descriptor, from, to) : result;
}

int sync_file(int descriptor) noexcept { return fsync(descriptor) == 0 ? 0 : errno; }

int create_unnamed(const char* directory, unsigned mode, int* descriptor) noexcept {
  *descriptor = -1;
  // Naming it later goes through /proc, which a bare container may not have.
  if (access("/proc/self/fd", X_OK) != 0) return 0;
  const int number = ::open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
  if (number >= 0) {
    *descriptor = number;
    return 0;
  }
  // Kernels and file systems without O_TMPFILE answer with one of these.
  return errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL ? 0 : errno;
}

int name_file(int descriptor, const char* path) noexcept {
  char link[32];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  return linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

bool in_memory(int descriptor) noexcept {
  struct statfs facts;
  if (fstatfs(descriptor, &facts) != 0) return false;
  const auto magic = static_cast<unsigned long>(facts.f_type) & 0xffffffffUL;
  return magic == kTmpfs || magic == kRamfs || magic == kHugetlbfs;
}

bool fully_allocated(int descriptor, std::uint64_t length) noexcept {
  // On tmpfs the block count is exact, and fallocate would walk every page.
  struct stat facts;
  return in_memory(descriptor) && fstat(descriptor, &facts) == 0 &&
         static_cast<std::uint64_t>(facts.st_blocks) * 512 >= length;
}

}  // namespace nodemm::os
