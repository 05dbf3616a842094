// Quicksort of integers and floats of four and eight bytes, sixteen and eight at once, in place.
#pragma once

#include "../../quicksort.h"

namespace nodemm::x86_64 {

extern const Quicksort quicksort32;
extern const Quicksort quicksort64;

}  // namespace nodemm::x86_64
