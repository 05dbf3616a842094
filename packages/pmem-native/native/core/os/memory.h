// What the operating systems do differently with memory. One implementation each: memory_linux.cc, memory_darwin.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../advice.h"
#include "../mapping.h"

namespace nodemm::os {

// Inaccessible address space at a multiple of `alignment`, without memory behind it; null where refused.
std::byte* reserve_addresses(std::uint64_t length, std::uint64_t alignment) noexcept;
void free_addresses(std::byte* address, std::uint64_t length) noexcept;

// Each returns 0 or an errno value, and replaces what was at the address in one step.
int map_file_at(std::byte* address, std::uint64_t length, int descriptor, std::uint64_t offset,
                Sharing sharing) noexcept;
int map_zeros_at(std::byte* address, std::uint64_t length) noexcept;
// The same for all that a closed region had, which may be more than the memory that this process is allowed: where the
// system has a limit on private memory (RLIMIT_DATA), these pages do not count.
int map_uncounted_zeros_at(std::byte* address, std::uint64_t length) noexcept;

// Whether a MAP_SYNC mapping of this file succeeds.
bool grants_sync(int descriptor) noexcept;

// Makes the pages of a mapped range durable: 0 or an errno value. One system call.
int sync_pages(std::byte* address, std::uint64_t length, int descriptor) noexcept;

// All of whole pages; 0 or an errno value.
int advise(std::byte* address, std::uint64_t length, Advice advice) noexcept;
// Takes the pages of a shared mapping of a file out of this process and, those that are not dirty, out of memory, so
// that the next access reads them anew. Changes no bytes.
int drop_pages(std::byte* address, std::uint64_t length, int descriptor, std::uint64_t offset) noexcept;
// Puts the pages in place, for writing too where the mapping is `writable`. Changes no bytes.
int populate(std::byte* address, std::uint64_t length, bool writable) noexcept;

// Keeps this code in memory until the process ends, however often it is unloaded.
void keep_loaded() noexcept;

}  // namespace nodemm::os
