#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "../mapping.h"
#include "file.h"

namespace nodemm::os {

int lock_file(int descriptor, bool exclusive) noexcept {
  // BSD locks belong to the open file description, as Linux's OFD locks do.
  if (flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return 0;
  return errno == EWOULDBLOCK ? EAGAIN : errno;
}

// BSD locks know no ranges.
int set_mark(int, std::uint64_t) noexcept { return ENOSYS; }
int clear_mark(int, std::uint64_t) noexcept { return ENOSYS; }
int find_mark(int, std::uint64_t, std::uint64_t, bool*) noexcept { return ENOSYS; }

int allocate_file(int descriptor, std::uint64_t from, std::uint64_t to) noexcept {
  struct stat facts;
  if (fstat(descriptor, &facts) != 0) return errno;
  const auto length = static_cast<std::uint64_t>(facts.st_size);
  if (to > length) {
    fstore_t request{};
    request.fst_flags = F_ALLOCATEALL;
    request.fst_posmode = F_PEOFPOSMODE;
    request.fst_length = static_cast<off_t>(to - length);
    if (fcntl(descriptor, F_PREALLOCATE, &request) != 0 && errno != ENOTSUP) return errno;
    if (ftruncate(descriptor, static_cast<off_t>(to)) != 0) return errno;
  }
  // APFS keeps holes inside a file; writing back each zero last byte of a block allocates them.
  constexpr std::uint64_t step = 4096;
  for (std::uint64_t at = from; at < to;) {
    char byte = 0;
    const std::uint64_t end = (at / step + 1) * step;
    const auto last = static_cast<off_t>((end < to ? end : to) - 1);
    if (pread(descriptor, &byte, 1, last) != 1) return errno != 0 ? errno : EIO;
    if (byte == 0 && pwrite(descriptor, &byte, 1, last) != 1) return errno != 0 ? errno : ENOSPC;
    at = static_cast<std::uint64_t>(last) + 1;
  }
  return 0;
}

int sync_file(int descriptor) noexcept {
  // fsync leaves data in the drive's cache here; only F_FULLFSYNC empties it.
  if (fcntl(descriptor, F_FULLFSYNC) == 0) return 0;
  return errno;
}

int create_unnamed(const char*, unsigned, int* descriptor) noexcept {
  *descriptor = -1;
  return 0;
}

int name_file(int, const char*) noexcept { return ENOTSUP; }

bool in_memory(int descriptor) noexcept {
  struct statfs facts;
  return fstatfs(descriptor, &facts) == 0 && std::strcmp(facts.f_fstypename, "tmpfs") == 0;
}

// No Mac has shown that it pays.
bool writes_well(int) noexcept { return false; }

std::uint64_t write_file(int, std::uint64_t, const std::byte*, std::uint64_t) noexcept { return 0; }

void drop_cached(int, std::uint64_t, std::uint64_t) noexcept {}

int file_extents(int, std::vector<Extent>*) noexcept { return ENOTSUP; }

int create_memory(const char*, bool, int*) noexcept { return ENOSYS; }

// No file system here keeps its files in memory without a limit of its own.
std::uint64_t available_memory() noexcept { return UINT64_MAX; }

std::uint64_t mapping_unit(int) noexcept { return page_bytes(); }

std::uint64_t allocated_bytes(int descriptor) noexcept {
  struct stat facts;
  return fstat(descriptor, &facts) == 0 ? static_cast<std::uint64_t>(facts.st_blocks) * 512 : 0;
}

bool fully_allocated(int, std::uint64_t) noexcept { return false; }

}  // namespace nodemm::os
