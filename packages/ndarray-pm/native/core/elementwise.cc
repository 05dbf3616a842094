#include "elementwise.h"

#include <algorithm>
#include <cstring>

#include "threads.h"

namespace nodemm {
namespace {

// A window as the loops walk it.
struct Lane {
  std::byte* at;
  std::size_t size;
  const std::int64_t* step;  // in elements

  std::byte* moved(std::size_t axis, std::uint64_t count) const noexcept {
    return at + step[axis] * static_cast<std::int64_t>(count * size);
  }
};

struct Job {
  BinaryKernel kernel;
  const Axes* axes;
  Lane out, a, b;
};

// Elements that a tile has on each side; three tiles of doubles stay in the inner caches.
constexpr std::size_t kTile = 64;
// Rows that lie alone are gathered in longer pieces.
constexpr std::size_t kLongTile = 1024;
constexpr std::size_t kTileBytes = kTile * kTile * 8;
constexpr std::size_t kSplatBytes = 4096;

struct Buffers {
  alignas(64) std::byte a[kTileBytes];
  alignas(64) std::byte b[kTileBytes];
  alignas(64) std::byte out[kTileBytes];
};

template <typename T>
void move_elements(std::byte* to, std::int64_t to_step, const std::byte* from, std::int64_t from_step,
                   std::size_t count) noexcept {
  for (std::size_t k = 0; k < count; k++) {
    std::memcpy(to + static_cast<std::int64_t>(k * sizeof(T)) * to_step,
                from + static_cast<std::int64_t>(k * sizeof(T)) * from_step, sizeof(T));
  }
}

void move_row(std::size_t size, std::byte* to, std::int64_t to_step, const std::byte* from, std::int64_t from_step,
              std::size_t count) noexcept {
  switch (size) {
    case 1:
      return move_elements<std::uint8_t>(to, to_step, from, from_step, count);
    case 2:
      return move_elements<std::uint16_t>(to, to_step, from, from_step, count);
    case 4:
      return move_elements<std::uint32_t>(to, to_step, from, from_step, count);
    default:
      return move_elements<std::uint64_t>(to, to_step, from, from_step, count);
  }
}

// Copies rows x columns elements, walking along whichever axis has the nearer neighbours in strided memory.
void move_tile(std::size_t size, std::byte* to, std::int64_t to_down, std::int64_t to_right, const std::byte* from,
               std::int64_t from_down, std::int64_t from_right, std::size_t rows, std::size_t columns,
               bool along_rows) noexcept {
  const auto bytes = static_cast<std::int64_t>(size);
  const std::size_t outer = along_rows ? columns : rows;
  for (std::size_t k = 0; k < outer; k++) {
    const auto at = static_cast<std::int64_t>(k) * bytes;
    if (along_rows) {
      move_row(size, to + at * to_right, to_down, from + at * from_right, from_down, rows);
    } else {
      move_row(size, to + at * to_down, to_right, from + at * from_down, from_right, columns);
    }
  }
}

bool is_nearer_down(std::int64_t down, std::int64_t right) noexcept {
  return (down < 0 ? -down : down) < (right < 0 ? -right : right);
}

// One element as often as a piece of a row needs it.
void splat(std::byte* to, const std::byte* element, std::size_t size, std::size_t count) noexcept {
  for (std::size_t k = 0; k < count; k++) std::memcpy(to + k * size, element, size);
}

// A row whose result is dense, and whose operands are dense or one element repeated.
void run_dense_row(const Job& job, const Lane& out, const Lane& a, const Lane& b, std::size_t axis, std::size_t count,
                   Buffers& buffers) noexcept {
  const bool a_repeats = a.step[axis] == 0, b_repeats = b.step[axis] == 0;
  if (!a_repeats && !b_repeats) return job.kernel(out.at, a.at, b.at, count);
  const std::size_t piece = std::min(count, kSplatBytes / std::max(a.size, out.size));
  if (a_repeats) splat(buffers.a, a.at, a.size, piece);
  if (b_repeats) splat(buffers.b, b.at, b.size, piece);
  for (std::size_t done = 0; done < count; done += piece) {
    const std::size_t length = std::min(piece, count - done);
    const std::byte* x = a_repeats ? buffers.a : a.at + done * a.size;
    const std::byte* y = b_repeats ? buffers.b : b.at + done * b.size;
    job.kernel(out.at + done * out.size, x, y, length);
  }
}

// Dense rows where an operand, or the result, is not dense itself: tiles of it are brought together first.
void run_tiles(const Job& job, const Lane& out, const Lane& a, const Lane& b, std::size_t rows, std::size_t columns,
               std::size_t down, std::size_t right, Buffers& buffers) noexcept {
  const std::size_t wide = rows == 1 ? kLongTile : kTile;
  const std::int64_t out_down = rows == 1 ? 0 : out.step[down];
  const std::int64_t a_down = rows == 1 ? 0 : a.step[down], b_down = rows == 1 ? 0 : b.step[down];
  for (std::size_t row = 0; row < rows; row += kTile) {
    const std::size_t height = std::min(kTile, rows - row);
    for (std::size_t column = 0; column < columns; column += wide) {
      const std::size_t width = std::min(wide, columns - column);
      const auto corner = [row, column, right](const Lane& lane, std::int64_t step_down) {
        return lane.at +
               (static_cast<std::int64_t>(row) * step_down + static_cast<std::int64_t>(column) * lane.step[right]) *
                   static_cast<std::int64_t>(lane.size);
      };
      const auto pitch = static_cast<std::int64_t>(width);
      struct Source {
        std::byte* at;
        std::int64_t down;
      };
      const auto gather = [&](const Lane& lane, std::int64_t step_down, std::byte* buffer) {
        std::byte* from = corner(lane, step_down);
        if (lane.step[right] == 1) return Source{from, step_down};
        move_tile(lane.size, buffer, pitch, 1, from, step_down, lane.step[right], height, width,
                  height > 1 && is_nearer_down(step_down, lane.step[right]));
        return Source{buffer, pitch};
      };
      const Source x = gather(a, a_down, buffers.a);
      const Source y = gather(b, b_down, buffers.b);
      std::byte* to = corner(out, out_down);
      const bool dense = out.step[right] == 1;
      for (std::size_t r = 0; r < height; r++) {
        const auto at = static_cast<std::int64_t>(r);
        std::byte* target =
            dense ? to + at * out_down * static_cast<std::int64_t>(out.size) : buffers.out + r * width * out.size;
        job.kernel(target, x.at + at * x.down * static_cast<std::int64_t>(a.size),
                   y.at + at * y.down * static_cast<std::int64_t>(b.size), width);
      }
      if (dense) continue;
      move_tile(out.size, to, out_down, out.step[right], buffers.out, pitch, 1, height, width,
                height > 1 && is_nearer_down(out_down, out.step[right]));
    }
  }
}

// The part of the first axis from `begin` on.
void run_part(const Job& job, std::uint64_t begin, std::uint64_t length) noexcept {
  Axes axes = *job.axes;
  axes.length[0] = length;
  Lane out = job.out, a = job.a, b = job.b;
  out.at = out.moved(0, begin);
  a.at = a.moved(0, begin);
  b.at = b.moved(0, begin);

  const std::size_t inner = axes.count - 1;
  const auto is_dense = [inner](const Lane& lane) { return lane.step[inner] == 1 || lane.step[inner] == 0; };
  const bool dense = out.step[inner] == 1 && is_dense(a) && is_dense(b);
  const std::size_t tile_axes = !dense && axes.count > 1 ? 2 : 1;
  const std::size_t outer = axes.count - tile_axes;
  Buffers buffers;
  std::uint64_t index[kMostAxes] = {};
  for (;;) {
    if (dense) {
      run_dense_row(job, out, a, b, inner, axes.length[inner], buffers);
    } else {
      const std::uint64_t rows = tile_axes == 2 ? axes.length[inner - 1] : 1;
      run_tiles(job, out, a, b, rows, axes.length[inner], tile_axes == 2 ? inner - 1 : inner, inner, buffers);
    }
    std::size_t axis = outer;
    for (; axis > 0; axis--) {
      Lane* const lanes[] = {&out, &a, &b};
      if (++index[axis - 1] < axes.length[axis - 1]) {
        for (Lane* lane : lanes) lane->at = lane->moved(axis - 1, 1);
        break;
      }
      for (Lane* lane : lanes) {
        lane->at -= lane->step[axis - 1] * static_cast<std::int64_t>((axes.length[axis - 1] - 1) * lane->size);
      }
      index[axis - 1] = 0;
    }
    if (axis == 0) return;
  }
}

}  // namespace

Status apply_binary(Binary operation, const Axes& axes, const Window& out, const Window& a, const Window& b) noexcept {
  const Type type = a.elements.type;
  const BinaryKernel kernel = kernels().binary[static_cast<std::size_t>(operation)][static_cast<std::size_t>(type)];
  const Type result = is_comparison(operation) ? Type::uint8 : type;
  if (kernel == nullptr || b.elements.type != type || out.elements.type != result || axes.count == 0) {
    return Status::unsupported;
  }
  Reach out_reach, a_reach, b_reach;
  if (!is_inside(axes, out, out_reach) || !is_inside(axes, a, a_reach) || !is_inside(axes, b, b_reach)) {
    return Status::out_of_range;
  }
  if (is_entangled(axes, out, out_reach, a, a_reach) || is_entangled(axes, out, out_reach, b, b_reach)) {
    return Status::overlap;
  }
  const auto lane = [](const Window& window) {
    const std::size_t size = size_of(window.elements.type);
    return Lane{window.elements.data + window.offset * static_cast<std::int64_t>(size), size, window.step};
  };
  // A result that shows elements more than once could have any number of them.
  std::uint64_t count = 1;
  for (std::size_t axis = 0; axis < axes.count; axis++) {
    if (__builtin_mul_overflow(count, axes.length[axis], &count) || count > out.elements.length) {
      return Status::unsupported;
    }
  }
  const std::uint64_t bytes = count * (size_of(type) + size_of(result));
  const Job job{kernel, &axes, lane(out), lane(a), lane(b)};

  const std::uint64_t length = axes.length[0];
  const unsigned threads = static_cast<unsigned>(std::min<std::uint64_t>(threads_for(bytes), length));
  // Neighbours on one axis are parted at whole lines, so that no two threads store to one.
  const std::uint64_t unit = axes.count == 1 ? 4096 : 1;
  const std::uint64_t share = ((length + threads - 1) / threads + unit - 1) / unit * unit;
  in_parallel(threads, [&](unsigned index) {
    const std::uint64_t begin = std::min(length, index * share);
    const std::uint64_t end = std::min(length, begin + share);
    if (begin < end) run_part(job, begin, end - begin);
  });
  return Status::ok;
}

}  // namespace nodemm
