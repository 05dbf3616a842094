// What the operating systems do differently with files. One implementation each: file_linux.cc, file_darwin.cc.
#pragma once

#include <cstdint>
#include <vector>

#include "../media.h"

namespace nodemm::os {

// Each returns 0 or an errno value.

// A non-blocking lock of all bytes that a file can have that belongs to the open file description. EAGAIN where another
// holds it.
int lock_file(int descriptor, bool exclusive) noexcept;
// A mark is one byte of a space of numbers that every opener of a file shares, held by a shared lock of the open file
// description: any death clears it. Marks lie behind the bytes that lock_file locks. ENOSYS where the system has none.
int set_mark(int descriptor, std::uint64_t number) noexcept;
int clear_mark(int descriptor, std::uint64_t number) noexcept;
// Whether another open file description holds a mark from `from` up to `to`.
int find_mark(int descriptor, std::uint64_t from, std::uint64_t to, bool* found) noexcept;
// Really allocates [from, to), extending the file where needed; existing bytes stay. May leave part of it on failure.
int allocate_file(int descriptor, std::uint64_t from, std::uint64_t to) noexcept;
// Data and metadata on the medium, the drive's own cache included.
int sync_file(int descriptor) noexcept;

// Whether a file can be made without a name and given one later, so that dying in between leaves nothing.
// `descriptor` receives it, or -1 where the file system cannot. Returns an errno value for real failures.
int create_unnamed(const char* directory, unsigned mode, int* descriptor) noexcept;
int name_file(int descriptor, const char* path) noexcept;

// Whether what `write_file` stores shows in the file's mappings at once, and for less than the fault that a mapped page
// takes at its first store after each sync.
bool writes_well(int descriptor) noexcept;
// Stores bytes in the file, never behind its end, and lets the medium begin with long ranges. Returns how many it has
// stored from the beginning; the rest is for a store through the mapping, whose fault says what is wrong.
std::uint64_t write_file(int descriptor, std::uint64_t offset, const std::byte* source, std::uint64_t length) noexcept;
// Lets go of what the system keeps of the file in memory, but for what is dirty or mapped. Changes no bytes.
void drop_cached(int descriptor, std::uint64_t offset, std::uint64_t length) noexcept;

// Where the file's bytes lie on its device, synced before so that they lie somewhere. ENOTSUP where the file system
// does not say.
int file_extents(int descriptor, std::vector<Extent>* extents) noexcept;

// Memory without a name that acts as a file, of huge pages where asked. ENOSYS where the system has no such thing.
int create_memory(const char* label, bool huge, int* descriptor) noexcept;

// Whether the file system behind `descriptor` lives in memory only.
bool in_memory(int descriptor) noexcept;
// Bytes that this process can still be given without another being ended for it, as far as the system tells.
std::uint64_t available_memory() noexcept;
// What offsets and lengths of mappings must be multiples of: a page, or the file's huge page.
std::uint64_t mapping_unit(int descriptor) noexcept;
// Bytes of the medium that the file takes up, as the file system counts them.
std::uint64_t allocated_bytes(int descriptor) noexcept;
// Whether [0, length) is known to have no holes, so that it need not be allocated: which takes time for each page or
// block.
bool fully_allocated(int descriptor, std::uint64_t length) noexcept;

}  // namespace nodemm::os
