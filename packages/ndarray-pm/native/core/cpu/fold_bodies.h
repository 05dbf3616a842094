// Part of bodies.h, which says what holds for it.

namespace nodemm {
namespace NODEMM_KERNELS {

// ---- Sums: blocks of 128 in eight lanes, the halves of anything longer added to each other, as NumPy's

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

}  // namespace NODEMM_KERNELS
}  // namespace nodemm
