// What a completed persist survives, from what was found out about the source.
#pragma once

#include "granularity.h"
#include "source.h"

namespace nodemm {

// `direct`: a store reaches the medium itself, by a DAX device or because the kernel grants MAP_SYNC.
Durability state_durability(const Source& source, Granularity granularity, bool direct);

}  // namespace nodemm
