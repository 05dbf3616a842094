#pragma once

#include "../../instructions.h"

namespace nodemm::x86_64 {

// As `StreamCopySummed`, for processors with AVX-512 and SSE4.2.
std::uint32_t copy_summed_avx512(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush,
                                 std::uint32_t initial) noexcept;

}  // namespace nodemm::x86_64
