// The loops themselves. Each instruction set includes this file once, in a namespace of its own (NODEMM_KERNELS), after
// it has told the compiler what it may use and how many bytes a vector has (NODEMM_VECTOR_BYTES). No inline function of
// a library is called, or one compiled for the newest processors could be linked for all.
//
// Vectors change no result: sums have eight lanes whatever the width, and nothing is contracted to fused operations.

namespace nodemm {
namespace NODEMM_KERNELS {

// Elements at any address, of whatever the memory holds.
template <typename T>
struct At {
  typedef T type __attribute__((aligned(1), may_alias));
};
template <typename T>
using Any = typename At<T>::type;

template <typename T>
struct Vector {
  typedef T type __attribute__((vector_size(NODEMM_VECTOR_BYTES)));
  typedef T any __attribute__((vector_size(NODEMM_VECTOR_BYTES), aligned(1), may_alias));
  static constexpr std::size_t lanes = NODEMM_VECTOR_BYTES / sizeof(T);
};

// ---- Elementwise: loops that the compiler turns into vectors
// -----------------------------------------------------------

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

// ---- Sums: blocks of 128 in eight lanes, the halves of anything longer added to each other, as NumPy's
// -----------------

constexpr std::size_t kBlock = 128;
constexpr std::size_t kLanes = 8;

// Eight doubles in as many vectors as they take.
struct Lanes {
  static constexpr std::size_t vectors = kLanes / Vector<double>::lanes;
  typename Vector<double>::type part[vectors];
};

template <typename T>
inline void load(Lanes& lanes, const Any<T>* from) {
  double wide[kLanes];
  for (std::size_t k = 0; k < kLanes; k++) wide[k] = static_cast<double>(from[k]);
  __builtin_memcpy(&lanes, wide, sizeof wide);
}
template <>
inline void load<double>(Lanes& lanes, const Any<double>* from) {
  // Not memcpy: written to memory first, they would be waited for.
  for (std::size_t part = 0; part < Lanes::vectors; part++) {
    lanes.part[part] = *reinterpret_cast<const Vector<double>::any*>(from + part * Vector<double>::lanes);
  }
}

inline double total(const Lanes& lanes) {
  double s[kLanes];
  __builtin_memcpy(s, &lanes, sizeof s);
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

inline std::size_t half_of(std::size_t count) {
  const std::size_t half = count / 2;
  return half - half % 8;
}

template <typename T>
double sum_block(const Any<T>* data, std::size_t count) noexcept {
  double rest = 0;
  std::size_t k = 0;
  if (count >= kLanes) {
    Lanes sums{};
    for (; k + kLanes <= count; k += kLanes) {
      Lanes next;
      load<T>(next, data + k);
      for (std::size_t part = 0; part < Lanes::vectors; part++) sums.part[part] += next.part[part];
    }
    rest = total(sums);
  }
  for (; k < count; k++) rest += static_cast<double>(data[k]);
  return rest;
}

template <typename T>
double sum_pairwise(const Any<T>* data, std::size_t count) noexcept {
  if (count <= kBlock) return sum_block<T>(data, count);
  const std::size_t half = half_of(count);
  const double left = sum_pairwise<T>(data, half);
  return left + sum_pairwise<T>(data + half, count - half);
}

template <typename T>
Folded sum_floats(const void* data, std::size_t count) noexcept {
  Folded folded;
  folded.real = sum_pairwise<T>(static_cast<const Any<T>*>(data), count);
  return folded;
}

template <typename T>
Folded sum_integers(const void* data, std::size_t count) noexcept {
  const auto* x = static_cast<const Any<T>*>(data);
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < count; k++) sum += static_cast<std::uint64_t>(T(x[k]));
  Folded folded;
  folded.whole = static_cast<std::int64_t>(sum);
  return folded;
}

template <typename T>
double dot_block(const Any<T>* a, const Any<T>* b, std::size_t count) noexcept {
  double rest = 0;
  std::size_t k = 0;
  if (count >= kLanes) {
    Lanes sums{};
    for (; k + kLanes <= count; k += kLanes) {
      Lanes x, y;
      load<T>(x, a + k);
      load<T>(y, b + k);
      for (std::size_t part = 0; part < Lanes::vectors; part++) sums.part[part] += x.part[part] * y.part[part];
    }
    rest = total(sums);
  }
  for (; k < count; k++) rest += static_cast<double>(a[k]) * static_cast<double>(b[k]);
  return rest;
}

template <typename T>
double dot_pairwise(const Any<T>* a, const Any<T>* b, std::size_t count) noexcept {
  if (count <= kBlock) return dot_block<T>(a, b, count);
  const std::size_t half = half_of(count);
  const double left = dot_pairwise<T>(a, b, half);
  return left + dot_pairwise<T>(a + half, b + half, count - half);
}

template <typename T>
double dot(const void* a, const void* b, std::size_t count) noexcept {
  return dot_pairwise<T>(static_cast<const Any<T>*>(a), static_cast<const Any<T>*>(b), count);
}

// ---- Extremes
// ----------------------------------------------------------------------------------------------------------

struct Least {
  template <typename T>
  static auto better(T x, T y) {
    return x < y;
  }
};
struct Most {
  template <typename T>
  static auto better(T x, T y) {
    return x > y;
  }
};

template <typename T>
constexpr bool is_float = T(0.5) != T(0);

// The best of all, where none is NaN; `has_nan` says so, and the result is then of no use.
template <typename T, typename Order>
T extreme_of(const Any<T>* data, std::size_t count, bool& has_nan) noexcept {
  using V = typename Vector<T>::type;
  using Load = typename Vector<T>::any;
  constexpr std::size_t lanes = Vector<T>::lanes;
  constexpr std::size_t unroll = 4;
  T best = data[0];
  std::size_t k = 0;
  bool nan = best != best;
  if (count >= unroll * lanes) {
    V tops[unroll];
    for (std::size_t u = 0; u < unroll; u++) tops[u] = *reinterpret_cast<const Load*>(data + u * lanes);
    // A lane of all ones where one was NaN: comparing vectors gives integers.
    decltype(tops[0] != tops[0]) odd[unroll];
    for (std::size_t u = 0; u < unroll; u++) odd[u] = tops[u] != tops[u];
    for (k = unroll * lanes; k + unroll * lanes <= count; k += unroll * lanes) {
      for (std::size_t u = 0; u < unroll; u++) {
        const V x = *reinterpret_cast<const Load*>(data + k + u * lanes);
        tops[u] = Order::better(x, tops[u]) ? x : tops[u];
        if (is_float<T>) odd[u] |= x != x;
      }
    }
    for (std::size_t u = 0; u < unroll; u++) {
      for (std::size_t lane = 0; lane < lanes; lane++) {
        if (Order::better(T(tops[u][lane]), best)) best = tops[u][lane];
        nan |= odd[u][lane] != 0;
      }
    }
  }
  for (; k < count; k++) {
    const T x = data[k];
    if (Order::better(x, best)) best = x;
    nan |= x != x;
  }
  has_nan = nan;
  return best;
}

// Elements looked through at once: few enough that the second look is at the inner cache.
constexpr std::size_t kStretch = 2048;

template <typename T>
inline Folded folded_of(T value) {
  Folded folded;
  if (is_float<T>) {
    folded.real = static_cast<double>(value);
  } else {
    folded.whole = static_cast<std::int64_t>(value);
  }
  return folded;
}

// The first NaN if there is one. Of zeros of both signs it is the first.
template <typename T, typename Order>
Folded extreme(const void* data, std::size_t count) noexcept {
  const auto* x = static_cast<const Any<T>*>(data);
  T best = x[0];
  for (std::size_t begin = 0; begin < count; begin += kStretch) {
    const std::size_t length = count - begin < kStretch ? count - begin : kStretch;
    bool has_nan = false;
    const T next = extreme_of<T, Order>(x + begin, length, has_nan);
    if (has_nan) return folded_of<T>(static_cast<T>(__builtin_nan("")));
    if (Order::better(next, best)) best = next;
  }
  if (is_float<T> && best == T(0)) {
    for (std::size_t k = 0; k < count; k++) {
      if (x[k] == T(0)) return folded_of<T>(x[k]);
    }
  }
  return folded_of<T>(best);
}

// Where the first best element is, or the first NaN.
template <typename T, typename Order>
Folded place_of_extreme(const void* data, std::size_t count) noexcept {
  const auto* x = static_cast<const Any<T>*>(data);
  T best = x[0];
  std::size_t stretch = 0;
  for (std::size_t begin = 0; begin < count; begin += kStretch) {
    const std::size_t length = count - begin < kStretch ? count - begin : kStretch;
    bool has_nan = false;
    const T next = extreme_of<T, Order>(x + begin, length, has_nan);
    if (has_nan) {
      Folded folded;
      folded.place = begin;
      while (folded.place + 1 < begin + length && x[folded.place] == x[folded.place]) folded.place++;
      return folded;
    }
    if (Order::better(next, best)) {
      best = next;
      stretch = begin;
    }
  }
  Folded folded;
  folded.place = stretch;
  // Bounded, should the memory change meanwhile.
  while (folded.place + 1 < count && x[folded.place] != best) folded.place++;
  return folded;
}

// ---- Truth
// ---------------------------------------------------------------------------------------------------------------

// NaN is true, -0 is not.
template <typename T, bool kAll>
Folded truth(const void* data, std::size_t count) noexcept {
  const auto* x = static_cast<const Any<T>*>(data);
  Folded folded;
  for (std::size_t begin = 0; begin < count; begin += kStretch) {
    const std::size_t length = count - begin < kStretch ? count - begin : kStretch;
    std::uint8_t found = 0;
    for (std::size_t k = 0; k < length; k++) {
      const bool is_true = x[begin + k] != T(0);
      found |= std::uint8_t(is_true != kAll);
    }
    if (found != 0) {
      folded.whole = kAll ? 0 : 1;
      return folded;
    }
  }
  folded.whole = kAll ? 1 : 0;
  return folded;
}

// ---- Stores past the caches
// ----------------------------------------------------------------------------------------------

inline void stream(std::byte* to, const std::byte* from, std::size_t bytes) noexcept { NODEMM_STREAM(to, from, bytes); }

// ---- The table
// -------------------------------------------------------------------------------------------------------------

#define NODEMM_UNSIGNED(f, ...)                                                                    \
  f<std::uint8_t, __VA_ARGS__>, f<std::uint8_t, __VA_ARGS__>, f<std::uint16_t, __VA_ARGS__>,       \
      f<std::uint16_t, __VA_ARGS__>, f<std::uint32_t, __VA_ARGS__>, f<std::uint32_t, __VA_ARGS__>, \
      f<std::uint64_t, __VA_ARGS__>, f<std::uint64_t, __VA_ARGS__>
#define NODEMM_INTEGERS(f, ...)                                                                   \
  f<std::int8_t, __VA_ARGS__>, f<std::uint8_t, __VA_ARGS__>, f<std::int16_t, __VA_ARGS__>,        \
      f<std::uint16_t, __VA_ARGS__>, f<std::int32_t, __VA_ARGS__>, f<std::uint32_t, __VA_ARGS__>, \
      f<std::int64_t, __VA_ARGS__>, f<std::uint64_t, __VA_ARGS__>
#define NODEMM_ALL(f, ...) NODEMM_INTEGERS(f, __VA_ARGS__), f<float, __VA_ARGS__>, f<double, __VA_ARGS__>
#define NODEMM_NONE nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr

// An operation whose result has the operands' type.
template <typename T, typename Operation>
constexpr BinaryKernel same = binary<T, T, Operation>;
template <typename T, typename Operation>
constexpr BinaryKernel test = binary<T, std::uint8_t, Operation>;
template <typename T, typename Operation>
constexpr BinaryKernel test_swapped = swapped<T, Operation>;

extern const Kernels table;
const Kernels table = {
    NODEMM_KERNELS_NAME,
    {
        {NODEMM_UNSIGNED(same, Add), same<float, Add>, same<double, Add>},
        {NODEMM_UNSIGNED(same, Subtract), same<float, Subtract>, same<double, Subtract>},
        {NODEMM_UNSIGNED(same, Multiply), same<float, Multiply>, same<double, Multiply>},
        {NODEMM_NONE, same<float, Divide>, same<double, Divide>},
        {NODEMM_UNSIGNED(same, And), nullptr, nullptr},
        {NODEMM_UNSIGNED(same, Or), nullptr, nullptr},
        {NODEMM_UNSIGNED(same, Xor), nullptr, nullptr},
        {NODEMM_ALL(same, Minimum)},
        {NODEMM_ALL(same, Maximum)},
        {NODEMM_INTEGERS(same, Minimum), same<float, FMin>, same<double, FMin>},
        {NODEMM_INTEGERS(same, Maximum), same<float, FMax>, same<double, FMax>},
        {NODEMM_UNSIGNED(test, Equal), test<float, Equal>, test<double, Equal>},
        {NODEMM_UNSIGNED(test, NotEqual), test<float, NotEqual>, test<double, NotEqual>},
        {NODEMM_ALL(test, Less)},
        {NODEMM_ALL(test, LessEqual)},
        {NODEMM_ALL(test_swapped, Less)},
        {NODEMM_ALL(test_swapped, LessEqual)},
    },
    {
        {sum_integers<std::int8_t>, sum_integers<std::uint8_t>, sum_integers<std::int16_t>, sum_integers<std::uint16_t>,
         sum_integers<std::int32_t>, sum_integers<std::uint32_t>, sum_integers<std::int64_t>,
         sum_integers<std::uint64_t>, sum_floats<float>, sum_floats<double>},
        {NODEMM_ALL(extreme, Least)},
        {NODEMM_ALL(extreme, Most)},
        {NODEMM_ALL(place_of_extreme, Least)},
        {NODEMM_ALL(place_of_extreme, Most)},
        {NODEMM_ALL(truth, false)},
        {NODEMM_ALL(truth, true)},
    },
    {NODEMM_NONE, dot<float>, dot<double>},
    stream,
};

}  // namespace NODEMM_KERNELS
}  // namespace nodemm
