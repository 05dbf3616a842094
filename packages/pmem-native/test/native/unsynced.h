#pragma once

#include "../../native/core/granularity.h"
#include "../../native/core/instructions.h"

// Line granularity where this processor has it, else the other one that syncs nothing.
inline nodemm::Granularity unsynced() {
  return nodemm::best_instructions().flush != nullptr ? nodemm::Granularity::cache_line : nodemm::Granularity::byte;
}
