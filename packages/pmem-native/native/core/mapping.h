// Reserved address space with a file mapped into its front.
//
// Invariants: the reservation never moves, and nothing else is mapped into it while it lives; [0, mapped) is the file,
// the rest is inaccessible. After `retire` the front is private zero pages, so that whoever still holds an address into
// it touches nothing of the file and does not fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "status.h"

namespace nodemm {

// The size of a page, and a length rounded up to whole units and to whole pages.
std::uint64_t page_bytes() noexcept;
inline std::uint64_t whole_units(std::uint64_t length, std::uint64_t unit) noexcept {
  return (length + unit - 1) / unit * unit;
}
inline std::uint64_t whole_pages(std::uint64_t length) noexcept { return whole_units(length, page_bytes()); }

// How the file's pages are shared.
enum class Sharing {
  // Stores reach the file through the kernel's page cache, or directly on DAX.
  shared,
  // As `shared`, and the kernel guarantees that flushed lines are durable (MAP_SYNC).
  shared_sync,
  // Stores stay in this mapping and never reach the file.
  private_copy,
};

class Mapping {
 public:
  // So that the largest pages can map a source laid out for them: 2 MiB; of `direct` (DAX) memory of at least 1 GiB,
  // that.
  static std::uint64_t alignment_for(std::uint64_t length, bool direct) noexcept;
  // Reserves `capacity` bytes, or, unless `exact`, as much as is to be had down to `least`, at a multiple of
  // `alignment`. Everything mapped later begins and ends at multiples of `unit`. Both are powers of two of at least a
  // page.
  static Result<std::unique_ptr<Mapping>> reserve(std::uint64_t capacity, std::uint64_t least, bool exact,
                                                  std::uint64_t unit = page_bytes(),
                                                  std::uint64_t alignment = alignment_for(0, false));

  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  [[nodiscard]] std::byte* base() const { return base_; }
  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }
  [[nodiscard]] std::uint64_t mapped() const { return mapped_; }
  [[nodiscard]] std::uint64_t unit() const { return unit_; }

  // Maps the file's bytes up to `length`, which only grows. Pages already mapped are left alone.
  Result<> extend(int descriptor, std::uint64_t length, Sharing sharing);
  // Lets go of the file and of the unused reservation.
  void retire() noexcept;

  // Whether the kernel grants MAP_SYNC on this file.
  static bool grants_sync(int descriptor) noexcept;

 private:
  Mapping(std::byte* base, std::uint64_t capacity, std::uint64_t unit)
      : base_(base), capacity_(capacity), unit_(unit) {}

  std::byte* base_;
  std::uint64_t capacity_;
  std::uint64_t unit_;
  std::uint64_t mapped_ = 0;
};

}  // namespace nodemm
