#include "mapping.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/memory.h"

namespace nodemm {
namespace {

constexpr std::uint64_t kHugePageBytes = std::uint64_t{2} << 20;
constexpr std::uint64_t kGiganticPageBytes = std::uint64_t{1} << 30;

}  // namespace

std::uint64_t page_bytes() noexcept {
  static const auto bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

std::uint64_t Mapping::alignment_for(std::uint64_t length, bool direct) noexcept {
  return direct && length >= kGiganticPageBytes ? kGiganticPageBytes : kHugePageBytes;
}

Result<std::unique_ptr<Mapping>> Mapping::reserve(std::uint64_t capacity, std::uint64_t least, bool exact,
                                                  std::uint64_t unit, std::uint64_t alignment) {
  const std::uint64_t floor = whole_units(exact ? capacity : least, unit);
  std::uint64_t length = whole_units(capacity, unit);
  alignment = std::max(alignment, unit);
  for (;;) {
    if (std::byte* base = os::reserve_addresses(length, alignment); base != nullptr) {
      return std::unique_ptr<Mapping>(new Mapping(base, length, unit));
    }
    if (length <= floor) {
      return Failure{Status::capacity, ENOMEM, "reserve", {}, floor};
    }
    length = std::max(floor, whole_units(length / 2, unit));
  }
}

Mapping::~Mapping() { os::free_addresses(base_, capacity_); }

bool Mapping::grants_sync(int descriptor) noexcept { return os::grants_sync(descriptor); }

Result<> Mapping::extend(int descriptor, std::uint64_t length, Sharing sharing) {
  const std::uint64_t target = whole_units(length, unit_);
  if (target <= mapped_) return Done{};
  const int error_number = os::map_file_at(base_ + mapped_, target - mapped_, descriptor, mapped_, sharing);
  if (error_number != 0) return Failure{Status::system, error_number, "mmap"};
  mapped_ = target;
  return Done{};
}

void Mapping::retire() noexcept {
  os::free_addresses(base_ + mapped_, capacity_ - mapped_);
  capacity_ = mapped_;
  // Where even zero pages are refused the addresses go away altogether: a stale access would then fault, which is
  // better than reaching the file.
  if (os::map_uncounted_zeros_at(base_, mapped_) != 0) {
    os::free_addresses(base_, mapped_);
    capacity_ = mapped_ = 0;
  }
}

}  // namespace nodemm
