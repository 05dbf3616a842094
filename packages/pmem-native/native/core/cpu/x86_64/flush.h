#pragma once

#include "../../instructions.h"

namespace nodemm::x86_64 {

// clwb keeps the line cached; clflushopt evicts it; clflush evicts it and is ordered with every store, hence slow.
void flush_clwb(const std::byte* address, std::size_t length) noexcept;
void flush_clflushopt(const std::byte* address, std::size_t length) noexcept;
void flush_clflush(const std::byte* address, std::size_t length) noexcept;
void fence() noexcept;

}  // namespace nodemm::x86_64
