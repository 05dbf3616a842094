#include "../../native/core/sort.h"

#include <algorithm>

#include "../../native/core/radix_sort.h"
#include "../../native/core/threads.h"
#include "check.h"
#include "each_kernels.h"
#include "numbers.h"

namespace {

using namespace nodemm;

// NaN last, -0 before 0.
template <typename T>
bool before(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
    if (a == b) return std::signbit(a) && !std::signbit(b);
  }
  return a < b;
}

template <typename T>
void compare_sorts(std::vector<T> all, std::size_t offset) {
  std::vector<T> expected = all;
  std::sort(expected.begin() + static_cast<std::ptrdiff_t>(offset), expected.end(), before<T>);
  std::vector<T> by_digits = all;
  const std::size_t count = all.size() - offset;
  CHECK(sort(elements_of(all), offset, count) == Status::ok);
  CHECK(radix_sort(type_of<T>(), reinterpret_cast<std::byte*>(by_digits.data() + offset), count) == Status::ok);
  for (std::size_t k = 0; k < all.size(); k++) {
    REQUIRE(same(all[k], expected[k]));
    REQUIRE(same(by_digits[k], expected[k]));
  }
}

}  // namespace

CLAIM("elements of every type, number and likeness are sorted, and nothing beside them changes") {
  std::mt19937_64 random(12);
  with_each_kernels([&] {
    for_each_type([&](auto zero) {
      using T = decltype(zero);
      for (const std::size_t count : {1, 2, 3, 31, 32, 33, 63, 64, 65, 128, 129, 500, 5000, 9011}) {
        compare_sorts(numbers<T>(random, count + 1), count % 2);
        std::vector<T> few(count);
        for (T& each : few) each = T(random() % 3);
        compare_sorts(few, 0);
        compare_sorts(std::vector<T>(count, T(1)), 0);
        std::vector<T> rising(count);
        for (std::size_t k = 0; k < count; k++) rising[k] = T(k);
        compare_sorts(rising, 0);
        std::reverse(rising.begin(), rising.end());
        compare_sorts(rising, 0);
      }
    });
  });
}

CLAIM("millions of elements are sorted by any number of threads") {
  std::mt19937_64 random(13);
  const std::vector<double> all = numbers<double>(random, 1100007);
  std::vector<double> expected = all;
  std::sort(expected.begin(), expected.end(), before<double>);
  with_each_kernels([&] {
    for (const unsigned threads : {1u, 2u, 5u}) {
      limit_threads(threads);
      std::vector<double> own = all;
      CHECK(sort(elements_of(own), 0, own.size()) == Status::ok);
      CHECK(std::equal(own.begin(), own.end(), expected.begin(), same<double>));
    }
  });
  limit_threads(0);
}

CLAIM("elements at an address that is no multiple of their size are sorted") {
  std::mt19937_64 random(14);
  constexpr std::size_t count = 3000;
  const std::vector<double> all = numbers<double>(random, count);
  std::vector<std::byte> bytes(count * 8 + 3);
  std::memcpy(bytes.data() + 3, all.data(), count * 8);
  CHECK(sort({bytes.data() + 3, all.size(), Type::float64}, 0, all.size()) == Status::ok);
  std::vector<double> sorted(all.size());
  std::memcpy(sorted.data(), bytes.data() + 3, all.size() * 8);
  CHECK(std::is_sorted(sorted.begin(), sorted.end(), before<double>));
}

CLAIM("ranges outside are refused") {
  std::vector<double> x(100);
  CHECK(sort(elements_of(x), 0, 101) == Status::out_of_range);
  CHECK(sort(elements_of(x), 101, 0) == Status::out_of_range);
  CHECK(sort(elements_of(x), 1, UINT64_MAX) == Status::out_of_range);
}
