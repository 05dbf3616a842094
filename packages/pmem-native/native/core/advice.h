// How a range of memory will be used. The numbers cross into JavaScript (src/advice.ts).
#pragma once

#include <cstdint>

namespace nodemm {

enum class Advice : std::int32_t {
  normal = 0,
  random = 1,
  sequential = 2,
  will_need = 3,
  huge_pages = 4,
  huge_pages_now = 5,
  random_now = 6
};

}  // namespace nodemm
