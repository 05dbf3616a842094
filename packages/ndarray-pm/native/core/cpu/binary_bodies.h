// Part of bodies.h, which says what holds for it.

namespace nodemm {
namespace NODEMM_KERNELS {

// ---- Elementwise: loops that the compiler turns into vectors

template <typename T, typename R, typename Operation>
void binary(void* out, const void* a, const void* b, std::size_t count) noexcept {
  auto* to = static_cast<Any<R>*>(out);
  const auto* x = static_cast<const Any<T>*>(a);
  const auto* y = static_cast<const Any<T>*>(b);
#pragma GCC ivdep
  for (std::size_t k = 0; k < count; k++) to[k] = Operation::apply(T(x[k]), T(y[k]));
}

// Integers come here as unsigned, which wrap around.
struct Add {
  template <typename T>
  static T apply(T x, T y) {
    return T(x + y);
  }
};
struct Subtract {
  template <typename T>
  static T apply(T x, T y) {
    return T(x - y);
  }
};
struct Multiply {
  template <typename T>
  static T apply(T x, T y) {
    return T(x * y);
  }
  // Promotion to int would make the product of these a signed overflow.
  static std::uint16_t apply(std::uint16_t x, std::uint16_t y) { return std::uint16_t(std::uint32_t(x) * y); }
};
struct Divide {
  template <typename T>
  static T apply(T x, T y) {
    return x / y;
  }
};
struct And {
  template <typename T>
  static T apply(T x, T y) {
    return T(x & y);
  }
};
struct Or {
  template <typename T>
  static T apply(T x, T y) {
    return T(x | y);
  }
};
struct Xor {
  template <typename T>
  static T apply(T x, T y) {
    return T(x ^ y);
  }
};
// NaN, if one is.
struct Minimum {
  template <typename T>
  static T apply(T x, T y) {
    return (x <= y) | (x != x) ? x : y;
  }
};
struct Maximum {
  template <typename T>
  static T apply(T x, T y) {
    return (x >= y) | (x != x) ? x : y;
  }
};
// The other, if one is NaN.
struct FMin {
  template <typename T>
  static T apply(T x, T y) {
    return (x <= y) | (y != y) ? x : y;
  }
};
struct FMax {
  template <typename T>
  static T apply(T x, T y) {
    return (x >= y) | (y != y) ? x : y;
  }
};
struct Equal {
  template <typename T>
  static std::uint8_t apply(T x, T y) {
    return x == y;
  }
};
struct NotEqual {
  template <typename T>
  static std::uint8_t apply(T x, T y) {
    return x != y;
  }
};
struct Less {
  template <typename T>
  static std::uint8_t apply(T x, T y) {
    return x < y;
  }
};
struct LessEqual {
  template <typename T>
  static std::uint8_t apply(T x, T y) {
    return x <= y;
  }
};

// a > b is b < a: the operands change places.
template <typename T, typename Operation>
void swapped(void* out, const void* a, const void* b, std::size_t count) noexcept {
  binary<T, std::uint8_t, Operation>(out, b, a, count);
}

}  // namespace NODEMM_KERNELS
}  // namespace nodemm
