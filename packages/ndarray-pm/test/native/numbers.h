// Elements to try kernels on: ordinary ones, and those that need care.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "../../native/core/layout.h"

template <typename T>
T number(std::mt19937_64& random, bool with_nan) {
  const std::uint64_t bits = random();
  if constexpr (std::is_floating_point_v<T>) {
    switch (bits % 16) {
      case 0:
        return T(0);
      case 1:
        return -T(0);
      case 2:
        return std::numeric_limits<T>::infinity();
      case 3:
        return -std::numeric_limits<T>::infinity();
      case 4:
        return with_nan ? std::numeric_limits<T>::quiet_NaN() : T(1);
      default:
        return static_cast<T>(static_cast<std::int64_t>(bits) / 1e12);
    }
  } else {
    // Few values, so that many are equal, and the extremes.
    switch (bits % 8) {
      case 0:
        return std::numeric_limits<T>::min();
      case 1:
        return std::numeric_limits<T>::max();
      case 2:
        return T(bits >> 8 & 3);
      default:
        return T(bits >> 8);
    }
  }
}

template <typename T>
std::vector<T> numbers(std::mt19937_64& random, std::size_t count, bool with_nan = true) {
  std::vector<T> all(count);
  for (T& each : all) each = number<T>(random, with_nan);
  return all;
}

template <typename T>
constexpr nodemm::Type type_of() {
  using nodemm::Type;
  if constexpr (std::is_same_v<T, float>) return Type::float32;
  if constexpr (std::is_same_v<T, double>) return Type::float64;
  constexpr int size = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 2 : sizeof(T) == 4 ? 4 : 6;
  return static_cast<Type>(size + (std::is_signed_v<T> ? 0 : 1));
}

template <typename T>
nodemm::Elements elements_of(std::vector<T>& all) {
  return {reinterpret_cast<std::byte*>(all.data()), all.size(), type_of<T>()};
}

// The same bits, where NaN of any kind is one value.
template <typename T>
bool same(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return a == b && std::signbit(a) == std::signbit(b);
  } else {
    return a == b;
  }
}

// Calls `body` with a value of each element type.
template <typename Body>
void for_each_type(Body&& body) {
  body(std::int8_t{});
  body(std::uint8_t{});
  body(std::int16_t{});
  body(std::uint16_t{});
  body(std::int32_t{});
  body(std::uint32_t{});
  body(std::int64_t{});
  body(std::uint64_t{});
  body(float{});
  body(double{});
}
