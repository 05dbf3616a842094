#pragma once

#include "../../instructions.h"

namespace nodemm::x86_64 {

// clwb keeps the line cached; clflushopt evicts it; clflush evicts it and is ordered with every store, hence slow.
void flush_clwb(const std::byte* address, std::size_t length) noexcept;
void flush_clflushopt(const std::byte* address, std::size_t length) noexcept;
void flush_clflush(const std::byte* address, std::size_t length) noexcept;
std::size_t ranges_clwb(Area area, std::uint64_t longest, const double* ranges, std::size_t count) noexcept;
std::size_t ranges_clflushopt(Area area, std::uint64_t longest, const double* ranges, std::size_t count) noexcept;
std::size_t ranges_clflush(Area area, std::uint64_t longest, const double* ranges, std::size_t count) noexcept;
void fence() noexcept;

}  // namespace nodemm::x86_64
