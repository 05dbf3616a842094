#include "../../native/core/elementwise.h"

#include <algorithm>

#include "../../native/core/threads.h"
#include "check.h"
#include "each_kernels.h"
#include "numbers.h"

namespace {

using namespace nodemm;

// One element, by the language's own operators.
template <typename T>
bool reference(Binary operation, T x, T y, T& result, std::uint8_t& truth) {
  using U = std::conditional_t<std::is_floating_point_v<T>, T, std::uint64_t>;
  const U a = static_cast<U>(x), b = static_cast<U>(y);
  switch (operation) {
    case Binary::add:
      result = static_cast<T>(a + b);
      return true;
    case Binary::subtract:
      result = static_cast<T>(a - b);
      return true;
    case Binary::multiply:
      result = static_cast<T>(a * b);
      return true;
    case Binary::divide:
      if constexpr (std::is_floating_point_v<T>) result = x / y;
      return std::is_floating_point_v<T>;
    case Binary::bitwise_and:
    case Binary::bitwise_or:
    case Binary::bitwise_xor:
      if constexpr (!std::is_floating_point_v<T>) {
        result = static_cast<T>(operation == Binary::bitwise_and  ? a & b
                                : operation == Binary::bitwise_or ? a | b
                                                                  : a ^ b);
      }
      return !std::is_floating_point_v<T>;
    case Binary::minimum:
      result = x <= y || x != x ? x : y;
      return true;
    case Binary::maximum:
      result = x >= y || x != x ? x : y;
      return true;
    case Binary::fmin:
      result = x <= y || y != y ? x : y;
      return true;
    case Binary::fmax:
      result = x >= y || y != y ? x : y;
      return true;
    case Binary::equal:
      truth = x == y;
      return true;
    case Binary::not_equal:
      truth = x != y;
      return true;
    case Binary::less:
      truth = x < y;
      return true;
    case Binary::less_equal:
      truth = x <= y;
      return true;
    case Binary::greater:
      truth = x > y;
      return true;
    case Binary::greater_equal:
      truth = x >= y;
      return true;
  }
  return false;
}

// A window of random strides, whose steps may be negative or, for operands, 0.
Window random_window(std::mt19937_64& random, const Axes& axes, bool may_repeat, std::uint64_t& room) {
  Window window;
  std::size_t order[kMostAxes];
  for (std::size_t axis = 0; axis < axes.count; axis++) order[axis] = axis;
  std::shuffle(order, order + axes.count, random);
  std::int64_t step = 1, low = 0, high = 0;
  for (std::size_t k = 0; k < axes.count; k++) {
    const std::size_t axis = order[k];
    step *= static_cast<std::int64_t>(1 + random() % 2);
    window.step[axis] = may_repeat && random() % 4 == 0 ? 0 : random() % 4 == 0 ? -step : step;
    const std::int64_t span = static_cast<std::int64_t>(axes.length[axis] - 1) * window.step[axis];
    (span < 0 ? low : high) += span;
    step *= static_cast<std::int64_t>(axes.length[axis]);
  }
  window.offset = -low;
  room = static_cast<std::uint64_t>(high - low + 1);
  return window;
}

template <typename T>
void compare_windows(std::mt19937_64& random, Binary operation) {
  Axes axes;
  axes.count = 1 + random() % 4;
  for (std::size_t axis = 0; axis < axes.count; axis++) {
    axes.length[axis] = 1 + random() % (axes.count == 1 ? 5000 : axes.count == 2 ? 150 : 12);
  }
  std::uint64_t out_room = 0, a_room = 0, b_room = 0;
  Window out = random_window(random, axes, false, out_room);
  Window a = random_window(random, axes, true, a_room);
  Window b = random_window(random, axes, true, b_room);
  std::vector<T> x = numbers<T>(random, a_room), y = numbers<T>(random, b_room);
  std::vector<T> results(out_room, T(77));
  std::vector<std::uint8_t> truths(out_room, 77);
  a.elements = elements_of(x);
  b.elements = elements_of(y);
  out.elements = is_comparison(operation) ? elements_of(truths) : elements_of(results);
  const Status status = apply_binary(operation, axes, out, a, b);
  T result{};
  std::uint8_t truth = 0;
  if (!reference(operation, T(1), T(1), result, truth)) {
    CHECK(status == Status::unsupported);
    return;
  }
  REQUIRE(status == Status::ok);
  std::vector<bool> stored(out_room, false);
  std::uint64_t index[kMostAxes] = {};
  for (bool more = true; more;) {
    std::int64_t at[3] = {out.offset, a.offset, b.offset};
    for (std::size_t axis = 0; axis < axes.count; axis++) {
      const auto k = static_cast<std::int64_t>(index[axis]);
      at[0] += k * out.step[axis];
      at[1] += k * a.step[axis];
      at[2] += k * b.step[axis];
    }
    reference(operation, x[at[1]], y[at[2]], result, truth);
    stored[at[0]] = true;
    REQUIRE(is_comparison(operation) ? truths[at[0]] == truth : same(results[at[0]], result));
    more = false;
    for (std::size_t axis = axes.count; axis-- > 0;) {
      if (++index[axis] < axes.length[axis]) {
        more = true;
        break;
      }
      index[axis] = 0;
    }
  }
  for (std::size_t k = 0; k < out_room; k++) {
    REQUIRE(stored[k] || (is_comparison(operation) ? truths[k] == 77 : results[k] == T(77)));
  }
}

// A row of doubles in one array.
Window row(std::vector<double>& all, std::int64_t offset, std::int64_t step) {
  Window window;
  window.elements = elements_of(all);
  window.offset = offset;
  window.step[0] = step;
  return window;
}

}  // namespace

CLAIM("every operation of every type over any windows is what the language computes, and stores nowhere else") {
  std::mt19937_64 random(7);
  with_each_kernels([&] {
    for (std::size_t operation = 0; operation < kBinaries; operation++) {
      for_each_type([&](auto zero) {
        for (int round = 0; round < 12; round++) {
          compare_windows<decltype(zero)>(random, static_cast<Binary>(operation));
        }
      });
    }
  });
}

CLAIM("the bits do not depend on the instructions, on the address or on the number of threads") {
  std::mt19937_64 random(8);
  constexpr std::size_t count = 1500003;
  std::vector<double> x = numbers<double>(random, count), y = numbers<double>(random, count);
  Axes axes;
  axes.count = 1;
  axes.length[0] = count - 3;
  std::vector<double> first;
  with_each_kernels([&] {
    for (const unsigned threads : {1u, 2u, 5u}) {
      for (std::int64_t offset = 0; offset < 3; offset++) {
        limit_threads(threads);
        std::vector<double> out(count);
        REQUIRE(apply_binary(Binary::multiply, axes, row(out, offset, 1), row(x, 2, 1), row(y, 1, 1)) == Status::ok);
        std::vector<double> own(out.begin() + offset, out.begin() + offset + count - 3);
        if (first.empty()) first = own;
        for (std::size_t k = 0; k < own.size(); k++) REQUIRE(same(own[k], first[k]));
      }
    }
  });
  limit_threads(0);
}

CLAIM("an operation in place needs no copy") {
  std::vector<double> x(10000), y(10000, 2.0);
  for (std::size_t k = 0; k < x.size(); k++) x[k] = static_cast<double>(k);
  Axes axes;
  axes.count = 1;
  axes.length[0] = 5000;
  with_each_kernels([&] {
    std::vector<double> own = x;
    REQUIRE(apply_binary(Binary::add, axes, row(own, 9998, -2), row(own, 9998, -2), row(y, 0, 1)) == Status::ok);
    for (std::size_t k = 0; k < own.size(); k++) REQUIRE(own[k] == x[k] + (k % 2 == 0 ? 2 : 0));
  });
}

CLAIM("a result that shares bytes with another window is refused, and nothing is stored") {
  std::vector<double> x(100, 1.0);
  Axes axes;
  axes.count = 1;
  axes.length[0] = 50;
  CHECK(apply_binary(Binary::add, axes, row(x, 1, 1), row(x, 0, 1), row(x, 50, 1)) == Status::overlap);
  CHECK(apply_binary(Binary::add, axes, row(x, 0, 1), row(x, 49, -1), row(x, 50, 1)) == Status::overlap);
  CHECK(apply_binary(Binary::add, axes, row(x, 0, 1), row(x, 50, 1), row(x, 0, 2)) == Status::overlap);
  CHECK(std::all_of(x.begin(), x.end(), [](double each) { return each == 1.0; }));
}

CLAIM("windows that reach beyond their array, or over the range of numbers, are refused") {
  std::vector<double> x(100), y(100), out(100);
  Axes axes;
  axes.count = 1;
  axes.length[0] = 50;
  const Window good = row(x, 0, 1);
  for (const Window& bad : {row(y, 51, 1), row(y, -1, 1), row(y, 0, 3), row(y, 48, -1), row(y, 0, INT64_MAX),
                            row(y, INT64_MAX, 1), row(y, INT64_MIN, 1), row(y, 0, INT64_MIN)}) {
    CHECK(apply_binary(Binary::add, axes, row(out, 0, 1), good, bad) == Status::out_of_range);
    CHECK(apply_binary(Binary::add, axes, row(out, 0, 1), bad, good) == Status::out_of_range);
  }
  CHECK(apply_binary(Binary::add, axes, row(out, 51, 1), good, good) == Status::out_of_range);
  axes.length[0] = 0;
  CHECK(apply_binary(Binary::add, axes, row(out, 0, 1), good, good) == Status::out_of_range);
  Window gone = row(y, 0, 1);
  gone.elements.length = 0;
  axes.length[0] = 1;
  CHECK(apply_binary(Binary::add, axes, row(out, 0, 1), good, gone) == Status::out_of_range);
}

CLAIM("a result that shows its elements without end is refused, not walked") {
  std::vector<double> x(100), out(100);
  Axes axes;
  axes.count = 3;
  for (std::size_t axis = 0; axis < 3; axis++) axes.length[axis] = std::uint64_t{1} << 40;
  CHECK(apply_binary(Binary::add, axes, row(out, 0, 0), row(x, 0, 0), row(x, 0, 0)) == Status::unsupported);
}
