#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "memory.h"

// Older C library headers lack these; the values are the kernel's, the same on every architecture we build for.
#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 0x03
#endif
#ifndef MAP_SYNC
#define MAP_SYNC 0x80000
#endif

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

namespace nodemm::os {
namespace {

// What the system has no call for: one access a page, and the fault handler repairs what is gone.
void touch(std::byte* address, std::uint64_t length, bool writable) noexcept {
  const std::uint64_t step = page_bytes();
  for (std::uint64_t at = 0; at < length; at += step) {
    auto* byte = reinterpret_cast<std::uint8_t*>(address + at);
    if (writable) {
      __atomic_fetch_or(byte, 0, __ATOMIC_RELAXED);
    } else {
      (void)__atomic_load_n(byte, __ATOMIC_RELAXED);
    }
  }
}

}  // namespace

std::byte* reserve_addresses(std::uint64_t length, std::uint64_t alignment) noexcept {
  const std::uint64_t padded = length + alignment;
  if (padded < length) return nullptr;
  void* address = mmap(nullptr, padded, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) return nullptr;
  auto* start = static_cast<std::byte*>(address);
  const std::uint64_t skew = reinterpret_cast<std::uintptr_t>(address) % alignment;
  const std::uint64_t front = skew == 0 ? 0 : alignment - skew;
  if (front != 0) munmap(start, front);
  munmap(start + front + length, padded - front - length);
  madvise(start + front, length, MADV_DONTFORK);
  return start + front;
}

void free_addresses(std::byte* address, std::uint64_t length) noexcept {
  if (length != 0) munmap(address, length);
}

int map_file_at(std::byte* address, std::uint64_t length, int descriptor, std::uint64_t offset,
                Sharing sharing) noexcept {
  int flags = MAP_FIXED;
  if (sharing == Sharing::shared) flags |= MAP_SHARED;
  if (sharing == Sharing::shared_sync) flags |= MAP_SHARED_VALIDATE | MAP_SYNC;
  if (sharing == Sharing::private_copy) flags |= MAP_PRIVATE | MAP_NORESERVE;
  if (mmap(address, length, PROT_READ | PROT_WRITE, flags, descriptor, static_cast<off_t>(offset)) == MAP_FAILED) {
    return errno;
  }
  // A child that forks without exec would share the file's pages without sharing our bookkeeping.
  return madvise(address, length, MADV_DONTFORK) == 0 ? 0 : errno;
}

int map_zeros_at(std::byte* address, std::uint64_t length) noexcept {
  const int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  return mmap(address, length, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED ? errno : 0;
}

int map_uncounted_zeros_at(std::byte* address, std::uint64_t length) noexcept {
  const int flags = MAP_FIXED | MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE;
  return mmap(address, length, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED ? errno : 0;
}

bool grants_sync(int descriptor) noexcept {
  const auto length = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* probe = mmap(nullptr, length, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, descriptor, 0);
  if (probe == MAP_FAILED) return false;
  munmap(probe, length);
  return true;
}

int sync_pages(std::byte* address, std::uint64_t length, int) noexcept {
  return msync(address, length, MS_SYNC) == 0 ? 0 : errno;
}

int advise(std::byte* address, std::uint64_t length, Advice advice) noexcept {
  int number = MADV_NORMAL;
  if (advice == Advice::random || advice == Advice::random_now) number = MADV_RANDOM;
  if (advice == Advice::sequential) number = MADV_SEQUENTIAL;
  if (advice == Advice::will_need) number = MADV_WILLNEED;
  if (advice == Advice::huge_pages) number = MADV_HUGEPAGE;
  if (advice == Advice::huge_pages_now) number = MADV_COLLAPSE;
  // EAGAIN is the answer of a page that somebody else held for a moment.
  constexpr int kAttempts = 4;
  int error_number = EAGAIN;
  for (int attempt = 0; attempt < kAttempts && error_number == EAGAIN; attempt++) {
    error_number = madvise(address, length, number) == 0 ? 0 : errno;
  }
  return error_number;
}

int drop_pages(std::byte* address, std::uint64_t length, int descriptor, std::uint64_t offset) noexcept {
  // The kernel keeps what is mapped.
  if (madvise(address, length, MADV_DONTNEED) != 0) return errno;
  return posix_fadvise(descriptor, static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_DONTNEED);
}

int populate(std::byte* address, std::uint64_t length, bool writable) noexcept {
  if (madvise(address, length, writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ) == 0) return 0;
  // Kernels before 5.14 do not know it.
  if (errno != EINVAL) return errno;
  touch(address, length, writable);
  return 0;
}

// Linked so (-z nodelete, binding.gyp): dlopen is in a library or a version of its own on older systems.
void keep_loaded() noexcept {}

}  // namespace nodemm::os
