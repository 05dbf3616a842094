#include "../../native/core/reduce.h"

#include "../../native/core/threads.h"
#include "check.h"
#include "each_kernels.h"
#include "numbers.h"

namespace {

using namespace nodemm;

// NumPy's summation, as its source has it.
template <typename T>
double pairwise(const T* data, std::size_t count) {
  if (count > 128) {
    std::size_t half = count / 2;
    half -= half % 8;
    return pairwise(data, half) + pairwise(data + half, count - half);
  }
  double rest = 0;
  std::size_t k = 0;
  if (count >= 8) {
    double s[8] = {};
    for (; k < count - count % 8; k++) s[k % 8] += static_cast<double>(data[k]);
    rest = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
  }
  for (; k < count; k++) rest += static_cast<double>(data[k]);
  return rest;
}

template <typename T>
Folded folded(Fold operation, std::vector<T>& all, std::uint64_t offset, std::uint64_t count) {
  Folded result;
  CHECK(fold(operation, elements_of(all), offset, count, result) == Status::ok);
  return result;
}

template <typename T>
T value_of(const Folded& result) {
  return std::is_floating_point_v<T> ? static_cast<T>(result.real) : static_cast<T>(result.whole);
}

template <typename T>
void compare_folds(std::vector<T> all, std::size_t offset) {
  const std::size_t count = all.size() - offset;
  const T* data = all.data() + offset;
  if constexpr (std::is_floating_point_v<T>) {
    const double sum = folded(Fold::sum, all, offset, count).real;
    CHECK(same(sum, pairwise(data, count)));
  } else {
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < count; k++) sum += static_cast<std::uint64_t>(data[k]);
    CHECK(static_cast<std::uint64_t>(folded(Fold::sum, all, offset, count).whole) == sum);
  }
  for (const bool least : {true, false}) {
    std::size_t place = 0;
    bool has_nan = false;
    for (std::size_t k = 0; k < count && !has_nan; k++) {
      has_nan = data[k] != data[k];
      if (has_nan || (least ? data[k] < data[place] : data[k] > data[place])) place = k;
    }
    CHECK(folded(least ? Fold::argmin : Fold::argmax, all, offset, count).place == place);
    CHECK(same(value_of<T>(folded(least ? Fold::minimum : Fold::maximum, all, offset, count)), data[place]));
  }
  bool any = false, every = true;
  for (std::size_t k = 0; k < count; k++) (data[k] != 0 ? any : every) = data[k] != 0;
  CHECK(folded(Fold::any, all, offset, count).whole == any);
  CHECK(folded(Fold::all, all, offset, count).whole == every);
}

}  // namespace

CLAIM("every fold of every type and length is what a plain loop gives, to the last bit") {
  std::mt19937_64 random(9);
  with_each_kernels([&] {
    for_each_type([&](auto zero) {
      using T = decltype(zero);
      for (const std::size_t count : {1, 2, 7, 8, 9, 31, 127, 128, 129, 255, 256, 1000, 2047, 2048, 2049, 10007}) {
        for (const bool with_nan : {false, true}) compare_folds(numbers<T>(random, count + 1, with_nan), count % 2);
        compare_folds(std::vector<T>(count, T(0)), 0);
        compare_folds(std::vector<T>(count, T(1)), 0);
      }
    });
  });
}

CLAIM("folds of millions of elements do not depend on the number of threads") {
  std::mt19937_64 random(10);
  std::vector<double> all = numbers<double>(random, 3000017, false);
  std::vector<std::int32_t> whole = numbers<std::int32_t>(random, 5000011);
  with_each_kernels([&] {
    for (const unsigned threads : {1u, 2u, 3u, 8u}) {
      limit_threads(threads);
      compare_folds(all, 1);
      compare_folds(whole, 3);
    }
  });
  limit_threads(0);
  // A NaN in the last part beats what the others found.
  all.back() = std::numeric_limits<double>::quiet_NaN();
  compare_folds(all, 0);
}

CLAIM("of zeros of both signs the extreme is the first") {
  with_each_kernels([&] {
    for (const double first : {0.0, -0.0}) {
      std::vector<double> all(5000, -first);
      all[3] = first;
      all[0] = 0;
      all[0] = first;
      CHECK(std::signbit(folded(Fold::minimum, all, 0, 5000).real) == std::signbit(first));
      CHECK(std::signbit(folded(Fold::maximum, all, 0, 5000).real) == std::signbit(first));
    }
  });
}

CLAIM("an inner product is the pairwise sum of the rounded products, whatever the instructions and the threads") {
  std::mt19937_64 random(11);
  std::vector<double> x(2000003), y(2000003), products(2000003);
  for (std::size_t k = 0; k < x.size(); k++) {
    x[k] = static_cast<double>(random()) / 1e18;
    y[k] = static_cast<double>(random()) / 1e18;
    products[k] = x[k] * y[k];
  }
  for (const std::size_t count : {std::size_t{5}, std::size_t{100}, std::size_t{4099}, x.size()}) {
    const double expected = pairwise(products.data(), count);
    with_each_kernels([&] {
      for (const unsigned threads : {1u, 4u}) {
        limit_threads(threads);
        double product = 0;
        REQUIRE(dot(elements_of(x), 0, elements_of(y), 0, count, product) == Status::ok);
        CHECK(product == expected);
      }
    });
  }
  limit_threads(0);
}

CLAIM("ranges outside, and types without the fold, are refused") {
  std::vector<double> x(100);
  std::vector<std::int32_t> whole(100);
  Folded result;
  double product = 0;
  CHECK(fold(Fold::sum, elements_of(x), 0, 101, result) == Status::out_of_range);
  CHECK(fold(Fold::sum, elements_of(x), 101, 0, result) == Status::out_of_range);
  CHECK(fold(Fold::sum, elements_of(x), UINT64_MAX, 2, result) == Status::out_of_range);
  CHECK(fold(Fold::sum, elements_of(x), 1, UINT64_MAX, result) == Status::out_of_range);
  CHECK(fold(Fold::sum, elements_of(x), 0, 0, result) == Status::out_of_range);
  CHECK(dot(elements_of(x), 50, elements_of(x), 51, 50, product) == Status::out_of_range);
  CHECK(dot(elements_of(whole), 0, elements_of(whole), 0, 50, product) == Status::unsupported);
}
