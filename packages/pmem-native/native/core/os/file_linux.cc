#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "../mapping.h"
#include "file.h"

namespace nodemm::os {
namespace {

constexpr std::uint64_t kStepBytes = 4096;

// statfs's types of file systems that keep files in memory (linux/magic.h, which musl systems may lack).
constexpr unsigned long kTmpfs = 0x01021994;
constexpr unsigned long kRamfs = 0x858458f6;
constexpr unsigned long kHugetlbfs = 0x958458f6;
// And of those whose written and mapped bytes are known to be the same pages of the kernel's cache.
constexpr unsigned long kExt = 0xef53;
constexpr unsigned long kXfs = 0x58465342;
constexpr unsigned long kBtrfs = 0x9123683e;
constexpr unsigned long kF2fs = 0xf2f52010;

// The cache's pages are as large as the writes that made them, and a store through a mapping later has its whole page
// written back: in writes of this length less than in what reading ahead makes. Also, a truncation is looked for before
// each.
constexpr std::uint64_t kWriteBytes = std::uint64_t{64} << 10;
// The medium is at work on so many bytes while the next are copied, and not worth starting for less than the other.
constexpr std::uint64_t kStartBytes = std::uint64_t{4} << 20;
constexpr std::uint64_t kStartBytesMin = std::uint64_t{1} << 20;

// Behind every byte that a file can have, so that marks and the file's lock never meet.
constexpr off_t kFirstMark = off_t{1} << 62;

int change_mark(int descriptor, int type, std::uint64_t number) noexcept {
  struct flock range{};
  range.l_type = static_cast<short>(type);
  range.l_whence = SEEK_SET;
  range.l_start = kFirstMark + static_cast<off_t>(number);
  range.l_len = 1;
  return fcntl(descriptor, F_OFD_SETLK, &range) == 0 ? 0 : errno;
}

// Calls `visit` with each extent of a file, in order, until it answers with an errno value, which is returned; ENOTSUP
// where the file system does not tell.
template <typename Visit>
int visit_extents(int descriptor, std::uint32_t flags, Visit visit) noexcept {
  constexpr std::uint32_t kAtOnce = 64;
  constexpr std::size_t kBytes = sizeof(struct fiemap) + kAtOnce * sizeof(struct fiemap_extent);
  alignas(struct fiemap) std::byte buffer[kBytes];
  auto* map = reinterpret_cast<struct fiemap*>(buffer);
  for (std::uint64_t from = 0;;) {
    std::memset(buffer, 0, kBytes);
    map->fm_start = from;
    map->fm_length = FIEMAP_MAX_OFFSET - from;
    map->fm_flags = flags;
    map->fm_extent_count = kAtOnce;
    if (ioctl(descriptor, FS_IOC_FIEMAP, map) != 0) return errno == EOPNOTSUPP || errno == ENOTTY ? ENOTSUP : errno;
    for (std::uint32_t index = 0; index < map->fm_mapped_extents; index++) {
      const struct fiemap_extent& found = map->fm_extents[index];
      if (const int answer = visit(found); answer != 0) return answer;
      if ((found.fe_flags & FIEMAP_EXTENT_LAST) != 0) return 0;
      from = found.fe_logical + found.fe_length;
    }
    if (map->fm_mapped_extents == 0) return 0;
  }
}

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

unsigned long file_system(int descriptor) noexcept {
  struct statfs facts;
  return fstatfs(descriptor, &facts) == 0 ? static_cast<unsigned long>(facts.f_type) & 0xffffffffUL : 0;
}

// Whether a write up to `end` neither lengthens the file, as one behind a truncation would, nor raises the signal of a
// size limit.
bool may_write(int descriptor, std::uint64_t end) noexcept {
  struct stat facts;
  struct rlimit limit;
  return fstat(descriptor, &facts) == 0 && end <= static_cast<std::uint64_t>(facts.st_size) &&
         getrlimit(RLIMIT_FSIZE, &limit) == 0 && (limit.rlim_cur == RLIM_INFINITY || end <= limit.rlim_cur);
}

// Of whole pages, so that none is sent twice. A failure is the pages', and the next sync's to tell.
void start_sync(int descriptor, std::uint64_t begin, std::uint64_t end) noexcept {
  const std::uint64_t first = whole_pages(begin);
  const std::uint64_t last = end / page_bytes() * page_bytes();
  if (last < first + kStartBytesMin) return;
  (void)sync_file_range(descriptor, static_cast<off_t>(first), static_cast<off_t>(last - first), SYNC_FILE_RANGE_WRITE);
}

// A number of bytes or kilobytes after `label`, at the beginning of a line or of the file.
bool read_figure(const char* path, const char* label, std::uint64_t* figure) noexcept {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return false;
  char line[256];
  bool found = false;
  const std::size_t length = std::strlen(label);
  while (!found && std::fgets(line, sizeof line, file) != nullptr) {
    unsigned long long value = 0;
    found = std::strncmp(line, label, length) == 0 && std::sscanf(line + length, "%llu", &value) == 1;
    if (found) *figure = value;
  }
  std::fclose(file);
  return found;
}

// What the innermost control group leaves; without a limit, or without version 2 of control groups, everything.
std::uint64_t group_allowance() noexcept {
  std::FILE* file = std::fopen("/proc/self/cgroup", "re");
  if (file == nullptr) return UINT64_MAX;
  char group[1024];
  bool found = false;
  while (!found && std::fgets(group, sizeof group, file) != nullptr) found = std::strncmp(group, "0::", 3) == 0;
  std::fclose(file);
  if (!found) return UINT64_MAX;
  group[std::strcspn(group, "\n")] = '\0';
  char path[1100];
  std::uint64_t most = 0;
  std::uint64_t used = 0;
  std::snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", group + 3);
  if (!read_figure(path, "", &most)) return UINT64_MAX;
  std::snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.current", group + 3);
  if (!read_figure(path, "", &used)) return UINT64_MAX;
  return used < most ? most - used : 0;
}

}  // namespace

int lock_file(int descriptor, bool exclusive) noexcept {
  struct flock range{};
  range.l_len = kFirstMark;
  range.l_type = static_cast<short>(exclusive ? F_WRLCK : F_RDLCK);
  range.l_whence = SEEK_SET;
  if (fcntl(descriptor, F_OFD_SETLK, &range) == 0) return 0;
  return errno == EACCES ? EAGAIN : errno;
}

int set_mark(int descriptor, std::uint64_t number) noexcept { return change_mark(descriptor, F_RDLCK, number); }

int clear_mark(int descriptor, std::uint64_t number) noexcept { return change_mark(descriptor, F_UNLCK, number); }

int find_mark(int descriptor, std::uint64_t from, std::uint64_t to, bool* found) noexcept {
  *found = false;
  if (from >= to) return 0;
  struct flock range{};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = kFirstMark + static_cast<off_t>(from);
  range.l_len = static_cast<off_t>(to - from);
  if (fcntl(descriptor, F_OFD_GETLK, &range) != 0) return errno;
  *found = range.l_type != F_UNLCK;
  return 0;
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

int file_extents(int descriptor, std::vector<Extent>* extents) noexcept {
  return visit_extents(descriptor, FIEMAP_FLAG_SYNC, [&](const struct fiemap_extent& found) {
    // No place, or none that a device's list of bad blocks could be compared with.
    if ((found.fe_flags & (FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_ENCODED)) != 0) return ENOTSUP;
    extents->push_back({found.fe_logical, found.fe_physical, found.fe_length});
    return 0;
  });
}

int create_memory(const char* label, bool huge, int* descriptor) noexcept {
  const int number = memfd_create(label, MFD_CLOEXEC | (huge ? MFD_HUGETLB : 0U));
  if (number < 0) return errno;
  *descriptor = number;
  return 0;
}

std::uint64_t available_memory() noexcept {
  std::uint64_t memory = 0;
  std::uint64_t swap = 0;
  if (!read_figure("/proc/meminfo", "MemAvailable:", &memory)) return UINT64_MAX;
  if (!read_figure("/proc/meminfo", "SwapFree:", &swap)) swap = 0;
  return std::min((memory + swap) * 1024, group_allowance());
}

bool writes_well(int descriptor) noexcept {
  const unsigned long magic = file_system(descriptor);
  return magic == kExt || magic == kXfs || magic == kBtrfs || magic == kF2fs;
}

std::uint64_t write_file(int descriptor, std::uint64_t offset, const std::byte* source, std::uint64_t length) noexcept {
  std::uint64_t done = 0;
  std::uint64_t started = 0;
  while (done < length) {
    const std::uint64_t at = offset + done;
    const std::uint64_t piece = std::min(length - done, kWriteBytes - at % kWriteBytes);
    if (!may_write(descriptor, at + piece)) break;
    const ssize_t written = pwrite(descriptor, source + done, piece, static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    done += static_cast<std::uint64_t>(written);
    if (done - started < kStartBytes) continue;
    start_sync(descriptor, offset + started, offset + done);
    started = done;
  }
  start_sync(descriptor, offset + started, offset + done);
  return done;
}

void drop_cached(int descriptor, std::uint64_t offset, std::uint64_t length) noexcept {
  posix_fadvise(descriptor, static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_DONTNEED);
}

std::uint64_t mapping_unit(int descriptor) noexcept {
  struct statfs facts;
  const bool known = fstatfs(descriptor, &facts) == 0;
  const bool huge = known && (static_cast<unsigned long>(facts.f_type) & 0xffffffffUL) == kHugetlbfs;
  return huge ? static_cast<std::uint64_t>(facts.f_bsize) : page_bytes();
}

bool in_memory(int descriptor) noexcept {
  const unsigned long magic = file_system(descriptor);
  return magic == kTmpfs || magic == kRamfs || magic == kHugetlbfs;
}

std::uint64_t allocated_bytes(int descriptor) noexcept {
  struct stat facts;
  return fstat(descriptor, &facts) == 0 ? static_cast<std::uint64_t>(facts.st_blocks) * 512 : 0;
}

bool fully_allocated(int descriptor, std::uint64_t length) noexcept {
  // On tmpfs the block count is exact, and fallocate would walk every page.
  if (in_memory(descriptor)) return allocated_bytes(descriptor) >= length;
  // Elsewhere it counts what describes the file too. But the extents tell; fallocate would look for each block.
  std::uint64_t end = 0;
  const int error_number = visit_extents(descriptor, 0, [&](const struct fiemap_extent& found) {
    // Not on the medium yet, or somebody else's until it is stored to.
    constexpr std::uint32_t kNotOwn = FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_SHARED;
    if (found.fe_logical != end || (found.fe_flags & kNotOwn) != 0) return ENODATA;
    end += found.fe_length;
    return 0;
  });
  return error_number == 0 && end >= length;
}

}  // namespace nodemm::os
