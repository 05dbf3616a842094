#include <fcntl.h>
#include <mach/vm_inherit.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "memory.h"

namespace nodemm::os {

std::byte* reserve_addresses(std::uint64_t length, std::uint64_t alignment) noexcept {
  const std::uint64_t padded = length + alignment;
  if (padded < length) return nullptr;
  void* address = mmap(nullptr, padded, PROT_NONE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) return nullptr;
  auto* start = static_cast<std::byte*>(address);
  const std::uint64_t skew = reinterpret_cast<std::uintptr_t>(address) % alignment;
  const std::uint64_t front = skew == 0 ? 0 : alignment - skew;
  if (front != 0) munmap(start, front);
  munmap(start + front + length, padded - front - length);
  return start + front;
}

void free_addresses(std::byte* address, std::uint64_t length) noexcept {
  if (length != 0) munmap(address, length);
}

int map_file_at(std::byte* address, std::uint64_t length, int descriptor, std::uint64_t offset,
                Sharing sharing) noexcept {
  if (sharing == Sharing::shared_sync) return ENOTSUP;
  const int flags = MAP_FIXED | (sharing == Sharing::private_copy ? MAP_PRIVATE : MAP_SHARED);
  if (mmap(address, length, PROT_READ | PROT_WRITE, flags, descriptor, static_cast<off_t>(offset)) == MAP_FAILED) {
    return errno;
  }
  return minherit(address, length, VM_INHERIT_NONE) == 0 ? 0 : errno;
}

int map_zeros_at(std::byte* address, std::uint64_t length) noexcept {
  const int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANON | MAP_NORESERVE;
  return mmap(address, length, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED ? errno : 0;
}

bool grants_sync(int) noexcept { return false; }

int sync_pages(std::byte* address, std::uint64_t length, int descriptor) noexcept {
  if (msync(address, length, MS_SYNC) != 0) return errno;
  // msync stops at the drive's cache here.
  return fcntl(descriptor, F_FULLFSYNC) == 0 ? 0 : errno;
}

}  // namespace nodemm::os
