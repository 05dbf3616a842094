#include <dlfcn.h>
#include <fcntl.h>
#include <mach/vm_inherit.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "memory.h"

namespace nodemm::os {
namespace {

// There is no call for it: one access a page, and the fault handler repairs what is gone.
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

int map_uncounted_zeros_at(std::byte* address, std::uint64_t length) noexcept { return map_zeros_at(address, length); }

bool grants_sync(int) noexcept { return false; }

int sync_pages(std::byte* address, std::uint64_t length, int descriptor) noexcept {
  if (msync(address, length, MS_SYNC) != 0) return errno;
  // msync stops at the drive's cache here.
  return fcntl(descriptor, F_FULLFSYNC) == 0 ? 0 : errno;
}

int advise(std::byte* address, std::uint64_t length, Advice advice) noexcept {
  int number = MADV_NORMAL;
  if (advice == Advice::random || advice == Advice::random_now) number = MADV_RANDOM;
  if (advice == Advice::sequential) number = MADV_SEQUENTIAL;
  if (advice == Advice::will_need) number = MADV_WILLNEED;
  if (advice == Advice::huge_pages || advice == Advice::huge_pages_now) return EINVAL;
  return madvise(address, length, number) == 0 ? 0 : errno;
}

// Pages are single here, whatever brought them in.
int drop_pages(std::byte*, std::uint64_t, int, std::uint64_t) noexcept { return 0; }

int populate(std::byte* address, std::uint64_t length, bool writable) noexcept {
  touch(address, length, writable);
  return 0;
}

// The linker has no flag for it: a handle that is never closed.
void keep_loaded() noexcept {
  Dl_info image{};
  if (dladdr(reinterpret_cast<const void*>(&keep_loaded), &image) == 0) return;
  dlopen(image.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

}  // namespace nodemm::os
