// Copying out of memory that may fault: a bad block, or a file that somebody else has cut. The fault ends the copy
// instead of the process, and replaces nothing, so that what else is mapped stays as it is.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nodemm {

// False where a byte cannot be read; `fault_offset` is then the first offset within the range that was met. Bytes
// before it may have been copied. Only for memory that a BusFaultGuard watches. One copy at a time; others wait.
bool read_safely(std::byte* to, const std::byte* from, std::size_t length, std::uint64_t* fault_offset);

// For the handler of faults, before anything else: does not return where `read_safely` is reading on this thread in the
// `extent` bytes, a power of two, that hold the address: what is gone as a whole, of which the address may name any
// byte.
void escape_safe_read(std::uintptr_t address, std::uintptr_t extent) noexcept;

}  // namespace nodemm
