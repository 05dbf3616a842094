#include "crc32c.h"

#include <array>
#include <cstring>

namespace nodemm::generic {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // Castagnoli, reflected
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; byte++) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; bit++) remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = remainder;
  }
  for (std::uint32_t byte = 0; byte < 256; byte++) {
    for (std::size_t step = 1; step < 8; step++) {
      const std::uint32_t previous = tables[step - 1][byte];
      tables[step][byte] = (previous >> 8) ^ tables[0][previous & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

// A linear map of 32-bit registers: column i is the image of bit i.
using Matrix = std::array<std::uint32_t, 32>;

// Not `apply`, which would also find the one of the standard library, by its arguments.
std::uint32_t image_of(const Matrix& matrix, std::uint32_t vector) {
  std::uint32_t sum = 0;
  for (std::size_t bit = 0; vector != 0; bit++, vector >>= 1) {
    if ((vector & 1) != 0) sum ^= matrix[bit];
  }
  return sum;
}

Matrix square(const Matrix& matrix) {
  Matrix result{};
  for (std::size_t bit = 0; bit < 32; bit++) result[bit] = image_of(matrix, matrix[bit]);
  return result;
}

// The map of 2^k zero bytes in place k.
using Powers = std::array<Matrix, 8 * sizeof(std::size_t)>;

Powers make_powers() {
  Matrix power{};  // of one zero bit
  power[0] = kPolynomial;
  for (std::size_t bit = 1; bit < 32; bit++) power[bit] = std::uint32_t{1} << (bit - 1);
  for (int doubling = 0; doubling < 3; doubling++) power = square(power);
  Powers powers{};
  for (Matrix& place : powers) {
    place = power;
    power = square(power);
  }
  return powers;
}

}  // namespace

std::uint32_t crc32c(std::uint32_t initial, const std::byte* from, std::size_t length) noexcept {
  std::uint32_t remainder = ~initial;
  while (length >= 8) {
    std::uint64_t word;
    std::memcpy(&word, from, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    word ^= remainder;
    remainder = 0;
    for (std::size_t step = 0; step < 8; step++) remainder ^= kTables[7 - step][(word >> (8 * step)) & 0xff];
    from += 8;
    length -= 8;
  }
  for (; length > 0; length--, from++) {
    remainder = (remainder >> 8) ^ kTables[0][(remainder ^ static_cast<std::uint32_t>(*from)) & 0xff];
  }
  return ~remainder;
}

std::uint32_t crc32c_append_zeros(std::uint32_t remainder, std::size_t length) noexcept {
  static const Powers powers = make_powers();
  for (std::size_t place = 0; length != 0; place++, length >>= 1) {
    if ((length & 1) != 0) remainder = image_of(powers[place], remainder);
  }
  return remainder;
}

}  // namespace nodemm::generic
