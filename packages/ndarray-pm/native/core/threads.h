// Work on large arrays, shared among threads that live for that long.
#pragma once

#include <cstddef>

namespace nodemm {

// How many threads are worth starting for work over so many bytes: one below some megabytes, and at most as many as
// there are processors that this process may use. No result depends on it.
unsigned threads_for(std::size_t bytes) noexcept;

// Limits `threads_for`, for tests and measurements; 0 lifts the limit.
void limit_threads(unsigned most) noexcept;

// Calls `part` once for each index below `count`, on this thread and others, and returns when all have returned. Where
// the system gives no thread, this one does its work.
void in_parallel(unsigned count, void (*part)(void* context, unsigned index) noexcept, void* context) noexcept;

template <typename Part>
void in_parallel(unsigned count, Part&& part) noexcept {
  in_parallel(count, [](void* context, unsigned index) noexcept { (*static_cast<Part*>(context))(index); }, &part);
}

}  // namespace nodemm
