// Work on a long range, shared among threads that live for that long.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nodemm {

// How many processors this process may use.
unsigned usable_processors() noexcept;

struct SharedWork {
  void (*part)(void* context, std::uint64_t first, std::uint64_t length) noexcept;
  // Called by each thread after its last part.
  void (*leave)() noexcept;
  void* context;
};

// Calls `part` for parts of [0, length) that cover it, on this thread and up to `threads` - 1 others, and returns when
// all have left. Cuts are at places where `address` + offset is a multiple of a line. Where the system gives no thread,
// fewer share the work.
void share_out(const SharedWork& work, const std::byte* address, std::uint64_t length, unsigned threads) noexcept;

}  // namespace nodemm
