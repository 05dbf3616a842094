#pragma once

#include <cstddef>
#include <cstdint>

namespace nodemm::x86_64 {

// CRC-32C by the SSE4.2 instruction; three interleaved streams where the range is long enough to hide its latency.
std::uint32_t crc32c_sse42(std::uint32_t initial, const std::byte* from, std::size_t length) noexcept;

}  // namespace nodemm::x86_64
