// Reading memory of JavaScript's on another thread. Nothing can keep its owner from giving it to a buffer that nobody
// here knows, nor the collector from unmapping that: the fault ends the reading instead of the process.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nodemm {

using LentRead = void (*)(void* context) noexcept;

// Calls `read`, which reads the bytes and nothing else that may go. False where they were gone: it was left at the
// instruction that faulted, so it must hold nothing there that has to be given back.
bool read_lent(const std::byte* bytes, std::size_t length, LentRead read, void* context) noexcept;

// For the handler of faults: does not return where this thread is reading lent bytes at the address.
void escape_lent_read(std::uintptr_t address) noexcept;

// Has `escape_lent_read` called, from now on, where memory is not mapped. See bus_fault.h for the handler.
bool catch_unmapped() noexcept;

}  // namespace nodemm
