// Sorting by parting, where the processor has instructions for it. No address depends on what the elements are, should
// another thread or process change them meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nodemm {

enum class SortOrder : std::uint8_t { signed_integers, unsigned_integers, floats };

// For elements of one size, at addresses that are multiples of it.
struct Quicksort {
  // Turns elements into signed integers that sort as they do: the keys that the others take.
  void (*make_keys)(SortOrder order, void* elements, std::size_t count) noexcept;
  // Brings keys below one of them before all others, and returns how many these are.
  std::size_t (*part)(void* keys, std::size_t count) noexcept;
  // False where so many parts were bad that another method should finish: the keys are then in any order.
  bool (*sort)(void* keys, std::size_t count) noexcept;
  void (*unmake_keys)(SortOrder order, void* keys, std::size_t count) noexcept;
};

}  // namespace nodemm
