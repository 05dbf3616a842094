// Sums of three neighbouring blocks, made abreast, and how they are joined.
#pragma once

#include <nmmintrin.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "../generic/crc32c.h"

// Clang counts these instructions apart from the rest of SSE4.2.
#if defined(__clang__)
#define NODEMM_TARGET_CRC32 __attribute__((target("sse4.2,crc32")))
#else
#define NODEMM_TARGET_CRC32 __attribute__((target("sse4.2")))
#endif

namespace nodemm::x86_64 {

// Moves a register over so many zero bytes. That is linear, hence four tables.
class ZeroShift {
 public:
  explicit ZeroShift(std::size_t length) {
    for (std::uint32_t byte = 0; byte < 256; byte++) {
      for (std::size_t place = 0; place < 4; place++) {
        table_[place][byte] = generic::crc32c_append_zeros(byte << (8 * place), length);
      }
    }
  }
  [[nodiscard]] std::uint64_t apply(std::uint64_t remainder) const noexcept {
    return table_[0][remainder & 0xff] ^ table_[1][(remainder >> 8) & 0xff] ^ table_[2][(remainder >> 16) & 0xff] ^
           table_[3][(remainder >> 24) & 0xff];
  }

 private:
  std::array<std::array<std::uint32_t, 256>, 4> table_{};
};

// Blocks of long ranges, and of what is too short for three of those.
constexpr std::size_t kLongBytes = 8192;
constexpr std::size_t kShortBytes = 256;

template <std::size_t block_bytes>
inline const ZeroShift& shift_over() {
  static const ZeroShift shift(block_bytes);
  return shift;
}

inline std::uint64_t word_at(const std::byte* address) noexcept {
  std::uint64_t word;
  std::memcpy(&word, address, 8);
  return word;
}

}  // namespace nodemm::x86_64
