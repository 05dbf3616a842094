// Advice to the system about pages that nothing has touched yet.
#pragma once

#include <cstdint>

namespace nodemm {

// Asks for large pages under the range, where it is long and the system has them: filling it for the first time then
// takes a few hundred faults instead of many thousands. Only advice, and no error where it is not taken.
void ask_for_large_pages(std::uintptr_t begin, std::uintptr_t end) noexcept;

}  // namespace nodemm
