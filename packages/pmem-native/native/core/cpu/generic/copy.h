#pragma once

#include "../../instructions.h"

namespace nodemm::generic {

// Stores through the cache and flushes all of it: right everywhere, fast nowhere.
void copy(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush) noexcept;
void fill(std::byte* to, std::uint8_t byte, std::size_t length, FlushLines flush) noexcept;

}  // namespace nodemm::generic
