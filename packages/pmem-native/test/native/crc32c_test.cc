#include "../../native/core/cpu/generic/crc32c.h"

#include <cstring>

#include "../../native/core/instructions.h"
#include "check.h"

namespace {

using nodemm::Crc32c;

std::uint32_t bit_by_bit(std::uint32_t initial, const std::byte* from, std::size_t length) {
  std::uint32_t remainder = ~initial;
  for (; length > 0; length--, from++) {
    remainder ^= static_cast<std::uint32_t>(*from);
    for (int bit = 0; bit < 8; bit++) remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0x82f63b78u : 0);
  }
  return ~remainder;
}

std::vector<std::byte> pattern(std::size_t length) {
  std::vector<std::byte> bytes(length);
  std::uint32_t state = 12345;
  for (std::byte& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::byte>(state >> 24);
  }
  return bytes;
}

void check_against_bits(Crc32c sum) {
  const std::vector<std::byte> bytes = pattern(60000);
  for (const std::size_t length : {0, 1, 7, 8, 9, 63, 64, 255, 256, 767, 768, 769, 1536, 24575, 24576, 24577, 50001}) {
    for (const std::size_t offset : {0, 1, 5, 8}) {
      const std::byte* from = bytes.data() + offset;
      const std::uint32_t expected = bit_by_bit(0, from, length);
      CHECK(sum(0, from, length) == expected);
      const std::size_t cut = length / 3;
      CHECK(sum(sum(0, from, cut), from + cut, length - cut) == expected);
    }
  }
}

CLAIM("the table form gives the catalogue's check value") {
  CHECK(nodemm::generic::crc32c(0, reinterpret_cast<const std::byte*>("123456789"), 9) == 0xe3069283);
}

CLAIM("the table form equals the bitwise one, whole and continued") { check_against_bits(nodemm::generic::crc32c); }

CLAIM("the chosen form equals the bitwise one, whole and continued") {
  check_against_bits(nodemm::best_instructions().crc32c);
}

CLAIM("appending zeros moves a register as summing zero bytes does") {
  const std::vector<std::byte> zeros(5000);
  for (const std::size_t length : {0, 1, 2, 3, 255, 256, 4097}) {
    for (const std::uint32_t remainder : {1u, 0x80000000u, 0xdeadbeefu}) {
      CHECK(~bit_by_bit(~remainder, zeros.data(), length) == nodemm::generic::crc32c_append_zeros(remainder, length));
    }
  }
}

}  // namespace
