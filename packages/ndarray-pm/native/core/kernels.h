// The inner loops, as one table for each instruction set: every table gives the same results to the last bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "quicksort.h"

namespace nodemm {

// Element types, in the order of the tables. Bools are uint8 with the values 0 and 1.
enum class Type : std::uint8_t { int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64 };
constexpr std::size_t kTypes = 10;

constexpr std::size_t size_of(Type type) noexcept {
  constexpr std::size_t sizes[kTypes] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};
  return sizes[static_cast<std::size_t>(type)];
}

// Mirrored by `binaryCodes` in src/native/codes.ts; a test compares the two.
enum class Binary : std::uint8_t {
  add,
  subtract,
  multiply,
  divide,
  bitwise_and,
  bitwise_or,
  bitwise_xor,
  minimum,
  maximum,
  fmin,
  fmax,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
};
constexpr std::size_t kBinaries = 17;

// Comparisons give uint8, every other operation the type of its operands.
constexpr bool is_comparison(Binary operation) noexcept { return operation >= Binary::equal; }

// Mirrored by `foldCodes` in src/native/codes.ts.
enum class Fold : std::uint8_t { sum, minimum, maximum, argmin, argmax, any, all };
constexpr std::size_t kFolds = 7;

// out[k] = a[k] op b[k] for `count` neighbours at any address. `out` may be `a` or `b`, and else overlaps neither.
using BinaryKernel = void (*)(void* out, const void* a, const void* b, std::size_t count) noexcept;

// What a fold gives: floating point as `real`, integers as `whole` (of unsigned types its bits), places as `place`.
union Folded {
  double real;
  std::int64_t whole;
  std::uint64_t place;
};

// Of at least one element.
using FoldKernel = Folded (*)(const void* data, std::size_t count) noexcept;

// The sum of the products of floats, pairwise.
using DotKernel = double (*)(const void* a, const void* b, std::size_t count) noexcept;

// The sums of the products of some rows and some columns: sums[row][column] = sum over k of a[k][row] * b[k][column],
// one product after the other.
struct TileKernel {
  std::size_t rows;
  std::size_t columns;
  void (*multiply)(double* sums, const double* a, const double* b, std::size_t depth) noexcept;
};
// The most sums that a tile has.
constexpr std::size_t kTileMost = 128;

struct Kernels {
  const char* name;
  // Null where the type has no such operation.
  BinaryKernel binary[kBinaries][kTypes];
  FoldKernel fold[kFolds][kTypes];
  DotKernel dot[kTypes];
  TileKernel tile;
  // Of elements of four and of eight bytes; null where sorting by digits is all there is.
  const Quicksort* quicksort32;
  const Quicksort* quicksort64;
};

// The kernels of this process: the best that the processor runs, or those that `choose_kernels` named.
const Kernels& kernels() noexcept;

// Takes those of a name from now on; null names the best. False where there are none of the name here.
bool choose_kernels(const char* name) noexcept;

}  // namespace nodemm
