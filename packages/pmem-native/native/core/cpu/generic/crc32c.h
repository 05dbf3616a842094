#pragma once

#include <cstddef>
#include <cstdint>

namespace nodemm::generic {

// CRC-32C by table, eight bytes a step: for processors without the instruction, and the measure of those with it.
std::uint32_t crc32c(std::uint32_t initial, const std::byte* from, std::size_t length) noexcept;

// The register after `length` zero bytes follow it: what joins sums of neighbouring parts.
std::uint32_t crc32c_append_zeros(std::uint32_t remainder, std::size_t length) noexcept;

}  // namespace nodemm::generic
