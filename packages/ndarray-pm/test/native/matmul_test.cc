#include "../../native/core/matmul.h"

#include <algorithm>

#include "../../native/core/threads.h"
#include "check.h"
#include "each_kernels.h"
#include "numbers.h"

namespace {

using namespace nodemm;

// A matrix of its own memory, of which every byte that is no element would be found by the sanitizers: the elements
// reach from the first to the last.
template <typename T>
struct Own {
  std::vector<T> all;
  std::int64_t offset, down, right;

  Own(std::vector<T> elements, std::int64_t first, std::int64_t step_down, std::int64_t step_right)
      : all(std::move(elements)), offset(first), down(step_down), right(step_right) {}

  T& at(std::uint64_t row, std::uint64_t column) {
    return all[static_cast<std::size_t>(offset + static_cast<std::int64_t>(row) * down +
                                        static_cast<std::int64_t>(column) * right)];
  }
  Matrix matrix() { return {elements_of(all), offset, down, right}; }
};

enum class Order { rows, columns, backwards, apart };
constexpr Order kOrders[] = {Order::rows, Order::columns, Order::backwards, Order::apart};

template <typename T>
Own<T> own(Order order, std::uint64_t rows, std::uint64_t columns, std::vector<T> elements) {
  const auto down = static_cast<std::int64_t>(columns), last = static_cast<std::int64_t>(rows * columns) - 1;
  switch (order) {
    case Order::rows:
      break;
    case Order::columns:
      return {std::move(elements), 0, 1, static_cast<std::int64_t>(rows)};
    case Order::backwards:
      return {std::move(elements), last, -down, -1};
    case Order::apart: {
      std::vector<T> spread(elements.size() * 3 - 2);
      for (std::size_t k = 0; k < elements.size(); k++) spread[k * 3] = elements[k];
      return {std::move(spread), 0, 3 * down, 3};
    }
  }
  return {std::move(elements), 0, down, 1};
}

// One product after the other, rounded to the type of the result after 256 of them.
template <typename R, typename A, typename B>
R reference(R before, Own<A>& a, Own<B>& b, std::uint64_t row, std::uint64_t column, std::uint64_t inner) {
  for (std::uint64_t first = 0; first < inner; first += 256) {
    double sum = 0;
    for (std::uint64_t k = first; k < std::min(inner, first + 256); k++) {
      sum += static_cast<double>(a.at(row, k)) * static_cast<double>(b.at(k, column));
    }
    before = static_cast<R>(static_cast<double>(before) + sum);
  }
  return before;
}

template <typename R, typename A, typename B>
void compare_products(std::mt19937_64& random, const Extent& extent, Order order, bool is_special) {
  const auto [rows, columns, inner] = extent;
  const auto some = [&](auto zero, std::uint64_t count) {
    using T = decltype(zero);
    std::vector<T> all = numbers<T>(random, count);
    // Where most sums are not NaN.
    for (T& each : all) {
      if (!is_special && !std::isfinite(static_cast<double>(each))) each = T(1);
    }
    return all;
  };
  Own<A> a = own(order, rows, inner, some(A{}, rows * inner));
  Own<B> b = own(order == Order::columns ? Order::rows : order, inner, columns, some(B{}, inner * columns));
  Own<R> out = own(order, rows, columns, some(R{}, rows * columns)), before = out;
  CHECK(matmul(extent, out.matrix(), a.matrix(), b.matrix()) == Status::ok);
  bool are_same = true;
  for (std::uint64_t row = 0; row < rows; row++) {
    for (std::uint64_t column = 0; column < columns; column++) {
      are_same &= same(out.at(row, column), reference(before.at(row, column), a, b, row, column, inner));
    }
  }
  CHECK(are_same);
}

}  // namespace

CLAIM("a product of any extent and strides is what a plain loop gives, to the last bit") {
  std::mt19937_64 random(15);
  constexpr Extent extents[] = {{1, 1, 1},    {1, 40, 7},   {40, 1, 300}, {3, 5, 257},   {4, 8, 256},
                                {16, 8, 255}, {17, 9, 513}, {33, 47, 70}, {129, 30, 11}, {5, 1030, 3}};
  with_each_kernels([&] {
    for (const Extent& extent : extents) {
      for (const Order order : kOrders) {
        for (const bool is_special : {false, true}) {
          compare_products<double, double, double>(random, extent, order, is_special);
          compare_products<float, float, float>(random, extent, order, is_special);
        }
      }
    }
  });
}

CLAIM("operands of every type that a double holds are multiplied as doubles") {
  std::mt19937_64 random(16);
  for_each_type([&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_integral_v<T> || sizeof(T) < 8) {
      for (const Order order : kOrders) {
        compare_products<double, T, double>(random, {6, 7, 30}, order, false);
        compare_products<double, float, T>(random, {6, 7, 30}, order, false);
        compare_products<float, T, float>(random, {6, 7, 30}, order, false);
      }
    }
  });
}

CLAIM("a product does not depend on the number of threads") {
  std::mt19937_64 random(17);
  for (const unsigned threads : {1u, 2u, 3u, 8u}) {
    limit_threads(threads);
    for (const Extent& extent : {Extent{301, 203, 170}, Extent{203, 301, 170}, Extent{3, 20000, 150}}) {
      compare_products<double, double, double>(random, extent, Order::rows, false);
    }
  }
  limit_threads(0);
}

CLAIM("matrices at addresses that are no multiples of their elements' size are multiplied") {
  std::mt19937_64 random(18);
  constexpr std::size_t side = 20, count = side * side;
  const std::vector<double> x = numbers<double>(random, count, false);
  std::vector<std::byte> bytes(3 * count * 8 + 3);
  std::memcpy(bytes.data() + 1, x.data(), count * 8);
  std::memcpy(bytes.data() + count * 8 + 2, x.data(), count * 8);
  const auto matrix = [&](std::size_t index) {
    return Matrix{{bytes.data() + index * count * 8 + index + 1, count, Type::float64}, 0, side, 1};
  };
  REQUIRE(matmul({side, side, side}, matrix(2), matrix(0), matrix(1)) == Status::ok);
  Own<double> a(x, 0, side, 1);
  for (std::size_t k = 0; k < count; k++) {
    double found = 0;
    std::memcpy(&found, bytes.data() + 2 * count * 8 + 3 + k * 8, 8);
    CHECK(same(found, reference(0.0, a, a, k / side, k % side, side)));
  }
}

CLAIM("matrices outside, results that share bytes, and types without the product are refused, and nothing is stored") {
  constexpr std::size_t side = 10;
  std::vector<double> x(side * side, 1), to(side * side, 7);
  std::vector<std::int64_t> whole(side * side);
  std::vector<std::int32_t> narrow(side * side);
  const Matrix out{elements_of(to), 0, side, 1}, a{elements_of(x), 0, side, 1};
  const Extent square{side, side, side};
  for (const Matrix& bad :
       {Matrix{elements_of(x), 1, side, 1}, Matrix{elements_of(x), -1, side, 1}, Matrix{elements_of(x), 0, side, 2},
        Matrix{elements_of(x), 0, INT64_MAX, 1}, Matrix{elements_of(x), 0, -static_cast<std::int64_t>(side), 1}}) {
    CHECK(matmul(square, out, bad, a) == Status::out_of_range);
    CHECK(matmul(square, out, a, bad) == Status::out_of_range);
    CHECK(matmul(square, bad, out, out) == Status::out_of_range);
  }
  CHECK(matmul({side + 1, side, side}, out, a, a) == Status::out_of_range);
  CHECK(matmul({UINT64_MAX, side, side}, out, a, a) == Status::out_of_range);
  CHECK(matmul({side, side, UINT64_MAX}, out, a, a) == Status::out_of_range);
  CHECK(matmul(square, out, out, a) == Status::overlap);
  CHECK(matmul(square, out, a, out) == Status::overlap);
  CHECK(matmul(square, out, {elements_of(whole), 0, side, 1}, a) == Status::unsupported);
  CHECK(matmul(square, {elements_of(narrow), 0, side, 1}, a, a) == Status::unsupported);
  // Every element of the result in one place.
  CHECK(matmul({2 * side, side, 1}, {elements_of(to), 0, 0, 0}, {elements_of(x), 0, 0, 1}, a) == Status::unsupported);
  for (const Extent& nothing : {Extent{0, side, side}, Extent{side, 0, side}, Extent{side, side, 0}}) {
    CHECK(matmul(nothing, out, a, a) == Status::ok);
  }
  CHECK(std::all_of(to.begin(), to.end(), [](double each) { return each == 7; }));
}
