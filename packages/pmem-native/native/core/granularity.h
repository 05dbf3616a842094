// What a store needs to become durable, finest first (libpmem2's term), and what surviving means.
#pragma once

#include <cstdint>
#include <string>

namespace nodemm {

enum class Granularity : std::int32_t { byte = 0, cache_line = 1, page = 2 };
enum class Survives : std::int32_t { none = 0, process_exit = 1, power_failure = 2 };

struct Durability {
  Survives survives = Survives::none;
  std::string reason;
};

}  // namespace nodemm
