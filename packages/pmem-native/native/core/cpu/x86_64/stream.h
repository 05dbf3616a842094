// Copies and fills with non-temporal stores. Each variant is compiled for its own vector extension by function
// attributes, so that one binary carries all and CPUID picks.
#pragma once

#include "../../instructions.h"

namespace nodemm::x86_64 {

void copy_sse2(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush) noexcept;
void copy_avx2(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush) noexcept;
void copy_avx512(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush) noexcept;
void copy_movdir64b(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush) noexcept;

void fill_sse2(std::byte* to, std::uint8_t byte, std::size_t length, FlushLines flush) noexcept;
void fill_avx2(std::byte* to, std::uint8_t byte, std::size_t length, FlushLines flush) noexcept;
void fill_avx512(std::byte* to, std::uint8_t byte, std::size_t length, FlushLines flush) noexcept;
void fill_movdir64b(std::byte* to, std::uint8_t byte, std::size_t length, FlushLines flush) noexcept;

}  // namespace nodemm::x86_64
