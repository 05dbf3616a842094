// Doubles as offsets and lengths, whatever they are.
#include "../../native/core/ranges.h"

#include <cmath>
#include <limits>

#include "check.h"

namespace {

constexpr std::uint64_t kTooLarge = std::uint64_t{1} << 52;

CLAIM("a whole number below 2^52 is itself, whatever else is at least 2^52, alone and in a range") {
  struct Case {
    double number;
    std::uint64_t whole;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  const Case cases[] = {
      {0, 0},
      {-0.0, 0},
      {1, 1},
      {63, 63},
      {4294967296, 4294967296},
      {0x1p52 - 1, kTooLarge - 1},
      {0x1p52, kTooLarge},
      {0x1p53, kTooLarge},
      {0x1p64, kTooLarge},
      {1e300, kTooLarge},
      {infinity, kTooLarge},
      {-infinity, kTooLarge},
      {std::nan(""), kTooLarge},
      {-1, kTooLarge},
      {-0x1p52, kTooLarge},
      {-0x1p53, kTooLarge},
      {-1e300, kTooLarge},
      {0.5, kTooLarge},
      {-0.25, kTooLarge},
      {4095.999999, kTooLarge},
      {std::numeric_limits<double>::denorm_min(), kTooLarge},
      {-std::numeric_limits<double>::denorm_min(), kTooLarge},
  };
  const auto is = [](std::uint64_t found, std::uint64_t whole) {
    return whole < kTooLarge ? found == whole : found >= kTooLarge;
  };
  for (const Case& first : cases) {
    CHECK(is(nodemm::whole_number(first.number), first.whole));
    for (const Case& second : cases) {
      const double numbers[] = {first.number, second.number};
      const nodemm::Range range = nodemm::range_at(numbers);
      CHECK(is(range.offset, first.whole));
      CHECK(is(range.length, second.whole));
    }
  }
}

}  // namespace
