// Offsets and lengths as JavaScript has them: doubles, which may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nodemm {

// The whole number that a double is, in a few instructions and without a branch for each kind of double. Of what is
// negative, a fraction, NaN, or too large for this (2^52 and more), something that is at least 2^52.
inline std::uint64_t whole_number(double number) noexcept {
  constexpr double kShift = 0x1p52;
  // From 2^52 on doubles are whole, and their bits count up by one.
  const double shifted = number + kShift;
  if (!(shifted - kShift == number)) return UINT64_MAX;
  std::uint64_t bits = 0, zero = 0;
  std::memcpy(&bits, &shifted, sizeof bits);
  std::memcpy(&zero, &kShift, sizeof zero);
  return bits - zero;
}

struct Range {
  std::uint64_t offset;
  std::uint64_t length;
};

// The range of two doubles. Each is read once: another thread may be changing them, and what was checked must be what
// is used.
inline Range range_at(const double* numbers) noexcept {
  const volatile double* once = numbers;
  const double offset = once[0], length = once[1];
  return {whole_number(offset), whole_number(length)};
}

// Memory that ranges lie in.
struct Area {
  const std::byte* base;
  std::uint64_t length;

  [[nodiscard]] bool contains(Range range) const noexcept {
    return range.offset <= length && range.length <= length - range.offset;
  }
};

}  // namespace nodemm
