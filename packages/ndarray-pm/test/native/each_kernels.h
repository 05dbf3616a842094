// Every set of kernels that this processor runs, one after another.
#pragma once

#include "../../native/core/kernels.h"

// Calls `body` with each of them in use, and leaves the best in use.
template <typename Body>
void with_each_kernels(Body&& body) {
  for (const char* name : {"baseline", "avx2", "avx512"}) {
    if (nodemm::choose_kernels(name)) body();
  }
  nodemm::choose_kernels(nullptr);
}
