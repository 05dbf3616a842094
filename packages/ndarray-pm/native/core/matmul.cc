#include "matmul.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include "threads.h"

namespace nodemm {
namespace {

// Blocks as in matmul-packed.ts, for the same reasons. The depth says where sums are rounded to the type of the result:
// with another one, the bits would differ.
constexpr std::size_t kDepth = 256;
constexpr std::size_t kRows = 128;
constexpr std::size_t kColumns = 1024;

constexpr std::size_t kLine = 64;
constexpr unsigned kMostParts = 16;

// A matrix as the loops walk it, with the bytes between neighbours.
struct Grid {
  std::byte* at;
  std::int64_t down;
  std::int64_t right;

  std::byte* element(std::size_t row, std::size_t column) const noexcept {
    return at + static_cast<std::int64_t>(row) * down + static_cast<std::int64_t>(column) * right;
  }
  Grid from(std::size_t row, std::size_t column) const noexcept { return {element(row, column), down, right}; }
  Grid transposed() const noexcept { return {at, right, down}; }
};

Grid grid_of(const Matrix& matrix) noexcept {
  const auto size = static_cast<std::int64_t>(size_of(matrix.elements.type));
  return {matrix.elements.data + matrix.offset * size, matrix.down * size, matrix.right * size};
}

template <typename T>
double number_at(const std::byte* at) noexcept {
  T element;
  std::memcpy(&element, at, sizeof element);
  return static_cast<double>(element);
}

// Copies a block into strips of some rows, column by column; what is missing at the edge is 0.
template <typename T>
void pack(double* panel, const Grid& block, std::size_t rows, std::size_t depth, std::size_t strip) noexcept {
  for (std::size_t row = 0; row < rows; row += strip, panel += strip * depth) {
    const std::size_t inside = std::min(strip, rows - row);
    if (inside < strip) std::fill_n(panel, strip * depth, 0.0);
    const Grid from = block.from(row, 0);
    if (from.right == static_cast<std::int64_t>(sizeof(T))) {
      for (std::size_t r = 0; r < inside; r++) {
        const std::byte* neighbours = from.element(r, 0);
        for (std::size_t k = 0; k < depth; k++) panel[k * strip + r] = number_at<T>(neighbours + k * sizeof(T));
      }
    } else {
      for (std::size_t k = 0; k < depth; k++) {
        const std::byte* column = from.element(0, k);
        double* to = panel + k * strip;
        for (std::size_t r = 0; r < inside; r++, column += from.down) to[r] = number_at<T>(column);
      }
    }
  }
}

using Pack = void (*)(double* panel, const Grid& block, std::size_t rows, std::size_t depth,
                      std::size_t strip) noexcept;

// Null for integers that a double does not hold.
Pack pack_of(Type type) noexcept {
  constexpr Pack packs[kTypes] = {pack<std::int8_t>,
                                  pack<std::uint8_t>,
                                  pack<std::int16_t>,
                                  pack<std::uint16_t>,
                                  pack<std::int32_t>,
                                  pack<std::uint32_t>,
                                  nullptr,
                                  nullptr,
                                  pack<float>,
                                  pack<double>};
  return packs[static_cast<std::size_t>(type)];
}

template <typename T>
void add_row(std::byte* to, std::int64_t step, const double* sums, std::size_t count) noexcept {
  for (std::size_t k = 0; k < count; k++, to += step) {
    const T sum = static_cast<T>(number_at<T>(to) + sums[k]);
    std::memcpy(to, &sum, sizeof sum);
  }
}

template <typename T>
void add_tile(const Grid& out, std::size_t rows, std::size_t columns, const double* sums, std::size_t pitch) noexcept {
  for (std::size_t row = 0; row < rows; row++, sums += pitch) {
    // A step that the compiler knows makes vectors of the loop.
    if (out.right == static_cast<std::int64_t>(sizeof(T))) {
      add_row<T>(out.element(row, 0), sizeof(T), sums, columns);
    } else {
      add_row<T>(out.element(row, 0), out.right, sums, columns);
    }
  }
}

using AddTile = void (*)(const Grid& out, std::size_t rows, std::size_t columns, const double* sums,
                         std::size_t pitch) noexcept;

struct Job {
  const TileKernel& tile;
  Pack pack_a, pack_b;
  AddTile add;
  std::size_t inner;

  std::size_t depth() const noexcept { return std::min(kDepth, inner); }
  std::size_t left_numbers(std::size_t rows) const noexcept { return (std::min(kRows, rows) + tile.rows) * depth(); }
  std::size_t right_numbers(std::size_t columns) const noexcept {
    return (std::min(kColumns, columns) + tile.columns) * depth();
  }

  // The product of whole rows and whole columns, through panels that no other thread uses.
  void run(const Grid& out, const Grid& a, const Grid& b, std::size_t rows, std::size_t columns, double* left,
           double* right) const noexcept {
    for (std::size_t column = 0; column < columns; column += kColumns) {
      const std::size_t width = std::min(kColumns, columns - column);
      for (std::size_t k = 0; k < inner; k += kDepth) {
        const std::size_t deep = std::min(kDepth, inner - k);
        pack_b(right, b.from(k, column).transposed(), width, deep, tile.columns);
        for (std::size_t row = 0; row < rows; row += kRows) {
          const std::size_t height = std::min(kRows, rows - row);
          pack_a(left, a.from(row, k), height, deep, tile.rows);
          multiply_panels(out.from(row, column), height, width, deep, left, right);
        }
      }
    }
  }

  void multiply_panels(const Grid& out, std::size_t rows, std::size_t columns, std::size_t deep, const double* left,
                       const double* right) const noexcept {
    alignas(kLine) double sums[kTileMost];
    for (std::size_t column = 0; column < columns; column += tile.columns) {
      const std::size_t width = std::min(tile.columns, columns - column);
      for (std::size_t row = 0; row < rows; row += tile.rows) {
        // The rows of the result are far apart: asked for now, they are there when the sums are.
        const Grid to = out.from(row, column);
        const std::size_t height = std::min(tile.rows, rows - row);
        for (std::size_t r = 0; r < height; r++) __builtin_prefetch(to.element(r, 0), 1);
        tile.multiply(sums, left + row * deep, right + column * deep, deep);
        add(to, height, width, sums, tile.columns);
      }
    }
  }
};

// Checks that the elements are where the matrix says.
bool find(const Matrix& matrix, std::uint64_t rows, std::uint64_t columns, Reach& reach) noexcept {
  Axes axes;
  axes.count = 2;
  axes.length[0] = rows;
  axes.length[1] = columns;
  Window window{matrix.elements, matrix.offset, {}};
  window.step[0] = matrix.down;
  window.step[1] = matrix.right;
  return is_inside(axes, window, reach);
}

bool is_apart(const Reach& x, const Reach& y) noexcept { return x.end <= y.begin || y.end <= x.begin; }

// Some multiplications take a thread as long as so many bytes do.
unsigned parts_for(const Extent& extent, std::uint64_t length, std::size_t unit) noexcept {
  const double products =
      static_cast<double>(extent.rows) * static_cast<double>(extent.columns) * static_cast<double>(extent.inner);
  const auto work = static_cast<std::size_t>(std::min(products, 1e12));
  return static_cast<unsigned>(std::min<std::uint64_t>({threads_for(work), kMostParts, (length + unit - 1) / unit}));
}

}  // namespace

Status matmul(const Extent& extent, const Matrix& out, const Matrix& a, const Matrix& b) noexcept {
  const auto [rows, columns, inner] = extent;
  const Pack pack_a = pack_of(a.elements.type), pack_b = pack_of(b.elements.type);
  const bool is_double = out.elements.type == Type::float64;
  if (pack_a == nullptr || pack_b == nullptr || !(is_double || out.elements.type == Type::float32)) {
    return Status::unsupported;
  }
  if (rows == 0 || columns == 0 || inner == 0) return Status::ok;
  Reach out_reach, a_reach, b_reach;
  if (!find(out, rows, columns, out_reach) || !find(a, rows, inner, a_reach) || !find(b, inner, columns, b_reach)) {
    return Status::out_of_range;
  }
  if (!is_apart(out_reach, a_reach) || !is_apart(out_reach, b_reach)) return Status::overlap;
  // A result that shows elements more than once could have any number of them.
  std::uint64_t count = 0;
  if (__builtin_mul_overflow(rows, columns, &count) || count > out.elements.length) return Status::unsupported;

  const Job job{kernels().tile, pack_a, pack_b, is_double ? add_tile<double> : add_tile<float>,
                static_cast<std::size_t>(inner)};
  // Threads share the longer side, in whole tiles.
  const bool by_rows = rows >= columns;
  const std::uint64_t length = by_rows ? rows : columns;
  const std::size_t unit = by_rows ? job.tile.rows : job.tile.columns;
  const unsigned parts = parts_for(extent, length, unit);
  const std::uint64_t share = ((length + parts - 1) / parts + unit - 1) / unit * unit;
  const std::size_t left = job.left_numbers(by_rows ? share : rows);
  const std::size_t numbers = left + job.right_numbers(by_rows ? columns : share) + 2 * kLine / sizeof(double);
  std::unique_ptr<double[]> panels[kMostParts];
  for (unsigned part = 0; part < parts; part++) {
    panels[part].reset(new (std::nothrow) double[numbers]);
    if (panels[part] == nullptr) return Status::no_memory;
  }
  const Grid to = grid_of(out), x = grid_of(a), y = grid_of(b);
  in_parallel(parts, [&](unsigned part) {
    const std::uint64_t begin = std::min(length, part * share);
    const std::uint64_t end = std::min(length, begin + share);
    if (begin == end) return;
    const auto address = reinterpret_cast<std::uintptr_t>(panels[part].get());
    double* panel = panels[part].get() + (kLine - address % kLine) % kLine / sizeof(double);
    double* other = panel + (left + 7) / 8 * 8;
    if (by_rows) {
      job.run(to.from(begin, 0), x.from(begin, 0), y, end - begin, columns, panel, other);
    } else {
      job.run(to.from(0, begin), x, y.from(0, begin), rows, end - begin, panel, other);
    }
  });
  return Status::ok;
}

}  // namespace nodemm
