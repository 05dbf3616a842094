#include "reduce.h"

#include <algorithm>

#include "threads.h"

namespace nodemm {
namespace {

bool is_inside(const Elements& elements, std::uint64_t offset, std::uint64_t count) noexcept {
  return offset <= elements.length && count <= elements.length - offset;
}

bool is_float(Type type) noexcept { return type == Type::float32 || type == Type::float64; }

// Sums of floats by halves, as the kernels part them, each half on a thread of its own: the same sum for any number.
template <typename Sum>
double by_halves(const Sum& sum, std::uint64_t first, std::uint64_t count, unsigned threads) noexcept {
  if (threads < 2 || count < 1024) return sum(first, count);
  const std::uint64_t half = count / 2 - count / 2 % 8;
  double part[2];
  in_parallel(2, [&](unsigned index) {
    part[index] =
        index == 0 ? by_halves(sum, first, half, threads / 2) : by_halves(sum, first + half, count - half, threads / 2);
  });
  return part[0] + part[1];
}

// The better of two folds of neighbouring stretches, which come in order.
void join(Fold operation, Type type, FoldKernel kernel, const std::byte* data, Folded& left, std::uint64_t right_begin,
          const Folded& right) noexcept {
  switch (operation) {
    case Fold::sum:
      left.whole =
          static_cast<std::int64_t>(static_cast<std::uint64_t>(left.whole) + static_cast<std::uint64_t>(right.whole));
      return;
    case Fold::any:
      left.whole |= right.whole;
      return;
    case Fold::all:
      left.whole &= right.whole;
      return;
    case Fold::minimum:
    case Fold::maximum: {
      if (is_float(type)) {
        if (left.real != left.real) return;
        const bool better = operation == Fold::minimum ? right.real < left.real : right.real > left.real;
        if (better || right.real != right.real) left = right;
      } else if (type == Type::uint64) {
        const auto a = static_cast<std::uint64_t>(left.whole), b = static_cast<std::uint64_t>(right.whole);
        if (operation == Fold::minimum ? b < a : b > a) left = right;
      } else if (operation == Fold::minimum ? right.whole < left.whole : right.whole > left.whole) {
        left = right;
      }
      return;
    }
    case Fold::argmin:
    case Fold::argmax: {
      // The two candidates beside each other decide.
      const std::size_t size = size_of(type);
      alignas(8) std::byte pair[16];
      __builtin_memcpy(pair, data + left.place * size, size);
      __builtin_memcpy(pair + size, data + (right_begin + right.place) * size, size);
      if (kernel(pair, 2).place == 1) left.place = right_begin + right.place;
      return;
    }
  }
}

}  // namespace

Status fold(Fold operation, const Elements& elements, std::uint64_t offset, std::uint64_t count,
            Folded& folded) noexcept {
  if (!is_inside(elements, offset, count) || count == 0) return Status::out_of_range;
  const Type type = elements.type;
  const FoldKernel kernel = kernels().fold[static_cast<std::size_t>(operation)][static_cast<std::size_t>(type)];
  if (kernel == nullptr) return Status::unsupported;
  const std::size_t size = size_of(type);
  const std::byte* data = elements.data + offset * size;
  const unsigned threads = threads_for(count * size);
  if (operation == Fold::sum && is_float(type)) {
    folded.real = by_halves(
        [&](std::uint64_t first, std::uint64_t length) {
          return kernel(data + first * size, static_cast<std::size_t>(length)).real;
        },
        0, count, threads);
    return Status::ok;
  }
  constexpr unsigned most = 16;
  Folded parts[most];
  const unsigned used = std::min(threads, most);
  const std::uint64_t share = (count + used - 1) / used;
  in_parallel(used, [&](unsigned index) {
    const std::uint64_t begin = index * share;
    parts[index] = kernel(data + begin * size, static_cast<std::size_t>(std::min(share, count - begin)));
  });
  folded = parts[0];
  for (unsigned index = 1; index < used; index++) {
    join(operation, type, kernel, data, folded, index * share, parts[index]);
  }
  return Status::ok;
}

Status dot(const Elements& a, std::uint64_t a_offset, const Elements& b, std::uint64_t b_offset, std::uint64_t count,
           double& product) noexcept {
  if (!is_inside(a, a_offset, count) || !is_inside(b, b_offset, count) || count == 0) return Status::out_of_range;
  if (a.type != b.type) return Status::unsupported;
  const DotKernel kernel = kernels().dot[static_cast<std::size_t>(a.type)];
  if (kernel == nullptr) return Status::unsupported;
  const std::size_t size = size_of(a.type);
  const std::byte* x = a.data + a_offset * size;
  const std::byte* y = b.data + b_offset * size;
  product = by_halves(
      [&](std::uint64_t first, std::uint64_t length) {
        return kernel(x + first * size, y + first * size, static_cast<std::size_t>(length));
      },
      0, count, threads_for(2 * count * size));
  return Status::ok;
}

}  // namespace nodemm
