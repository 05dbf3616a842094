// Offsets and lengths as JavaScript has them: doubles, which may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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

// Whether two ranges of the same length have a byte in common.
inline bool overlap(std::uint64_t first, std::uint64_t second, std::uint64_t length) noexcept {
  return first < second + length && second < first + length;
}

// Of ranges of any length.
inline bool overlap(Range first, Range second) noexcept {
  return first.length > 0 && second.length > 0 && first.offset < second.offset + second.length &&
         second.offset < first.offset + first.length;
}

// The range of two doubles. Each is read once: another thread may be changing them, and what was checked must be what
// is used.
inline Range range_at(const double* numbers) noexcept {
#if defined(__SSE2__)
  // As `whole_number`, of both at once: 8 ns a range are what its flush takes too.
  __m128d pair;
  asm volatile("movupd %1, %0" : "=x"(pair) : "m"(*reinterpret_cast<const double (*)[2]>(numbers)));
  const __m128d shift = _mm_set1_pd(0x1p52);
  const __m128d shifted = _mm_add_pd(pair, shift);
  const __m128i whole = _mm_castpd_si128(_mm_cmpeq_pd(_mm_sub_pd(shifted, shift), pair));
  const __m128i bits = _mm_sub_epi64(_mm_castpd_si128(shifted), _mm_castpd_si128(shift));
  const __m128i checked = _mm_or_si128(bits, _mm_xor_si128(whole, _mm_set1_epi32(-1)));
  return {static_cast<std::uint64_t>(_mm_cvtsi128_si64(checked)),
          static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(checked, checked)))};
#else
  const volatile double* once = numbers;
  const double offset = once[0], length = once[1];
  return {whole_number(offset), whole_number(length)};
#endif
}

// Memory that ranges lie in.
struct Area {
  const std::byte* base;
  std::uint64_t length;

  [[nodiscard]] bool contains(Range range) const noexcept {
    return range.offset <= length && range.length <= length - range.offset;
  }
};

constexpr std::uint64_t kNoLength = UINT64_MAX;

// How long ranges of an area are together, offset and length in turn; kNoLength if one does not lie in it. They may
// overlap: the sum stops growing before it could be too large for its type.
inline std::uint64_t total_length(Area area, const double* ranges, std::size_t count) noexcept {
  std::uint64_t total = 0;
  for (std::size_t index = 0; index < count; index++) {
    const Range range = range_at(ranges + 2 * index);
    if (!area.contains(range)) return kNoLength;
    if (total < std::uint64_t{1} << 62) total += range.length;
  }
  return total;
}

}  // namespace nodemm
