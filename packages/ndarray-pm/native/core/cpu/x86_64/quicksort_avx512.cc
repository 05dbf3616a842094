#include "quicksort_avx512.h"

#if defined(__GNUC__) && !defined(__clang__)
// What GCC's own header leaves undefined on purpose, where a mask takes nothing of it.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

// Only what is defined from here on may use the instructions; see bodies.h.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,popcnt"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,popcnt")
#endif

namespace nodemm::x86_64 {
namespace {

struct Keys64 {
  using Key = std::int64_t;
  using V = __m512i;
  static constexpr std::size_t lanes = 8;
  static constexpr Key most = INT64_MAX;
  static V load(const Key* at) { return _mm512_loadu_si512(at); }
  static V load_some(V others, unsigned mask, const Key* at) {
    return _mm512_mask_loadu_epi64(others, static_cast<__mmask8>(mask), at);
  }
  static void store_some(Key* at, unsigned mask, V v) { _mm512_mask_storeu_epi64(at, static_cast<__mmask8>(mask), v); }
  static V all(Key key) { return _mm512_set1_epi64(key); }
  static V min(V a, V b) { return _mm512_min_epi64(a, b); }
  static V max(V a, V b) { return _mm512_max_epi64(a, b); }
  static unsigned less(V a, V b) { return _mm512_cmplt_epi64_mask(a, b); }
  static void compress(Key* at, unsigned mask, V v) {
    _mm512_mask_compressstoreu_epi64(at, static_cast<__mmask8>(mask), v);
  }
  static V mix(unsigned mask, V a, V b) { return _mm512_mask_mov_epi64(a, static_cast<__mmask8>(mask), b); }
  // Lane k of the result is lane k ^ distance.
  template <unsigned distance>
  static V swap(V v) {
    if (distance == 1) return _mm512_permutex_epi64(v, 0xb1);
    if (distance == 2) return _mm512_permutex_epi64(v, 0x4e);
    return _mm512_shuffle_i64x2(v, v, 0x4e);
  }
};

struct Keys32 {
  using Key = std::int32_t;
  using V = __m512i;
  static constexpr std::size_t lanes = 16;
  static constexpr Key most = INT32_MAX;
  static V load(const Key* at) { return _mm512_loadu_si512(at); }
  static V load_some(V others, unsigned mask, const Key* at) {
    return _mm512_mask_loadu_epi32(others, static_cast<__mmask16>(mask), at);
  }
  static void store_some(Key* at, unsigned mask, V v) { _mm512_mask_storeu_epi32(at, static_cast<__mmask16>(mask), v); }
  static V all(Key key) { return _mm512_set1_epi32(key); }
  static V min(V a, V b) { return _mm512_min_epi32(a, b); }
  static V max(V a, V b) { return _mm512_max_epi32(a, b); }
  static unsigned less(V a, V b) { return _mm512_cmplt_epi32_mask(a, b); }
  static void compress(Key* at, unsigned mask, V v) {
    _mm512_mask_compressstoreu_epi32(at, static_cast<__mmask16>(mask), v);
  }
  static V mix(unsigned mask, V a, V b) { return _mm512_mask_mov_epi32(a, static_cast<__mmask16>(mask), b); }
  template <unsigned distance>
  static V swap(V v) {
    if (distance == 1) return _mm512_shuffle_epi32(v, _MM_PERM_CDAB);
    if (distance == 2) return _mm512_shuffle_epi32(v, _MM_PERM_BADC);
    if (distance == 4) return _mm512_shuffle_i32x4(v, v, 0xb1);
    return _mm512_shuffle_i32x4(v, v, 0x4e);
  }
};

// ---- A bitonic network over some vectors

constexpr std::size_t kVectors = 8;

// The lanes of vector `index` that take the larger of the two, where elements `distance` apart within a vector are
// compared and runs of `run` elements go up and down in turns.
template <typename K>
constexpr unsigned takes_larger(std::size_t index, std::size_t run, std::size_t distance) {
  unsigned mask = 0;
  for (std::size_t lane = 0; lane < K::lanes; lane++) {
    const bool up = ((index * K::lanes + lane) & run) == 0;
    if (((lane & distance) == 0) != up) mask |= 1u << lane;
  }
  return mask;
}

template <typename K, std::size_t kNetwork, std::size_t run, std::size_t distance>
inline __attribute__((always_inline)) void compare(typename K::V (&v)[kNetwork]) {
  if constexpr (distance >= K::lanes) {
    constexpr std::size_t apart = distance / K::lanes;
#pragma GCC unroll 8
    for (std::size_t index = 0; index < kNetwork; index++) {
      if ((index & apart) != 0) continue;
      const typename K::V small = K::min(v[index], v[index + apart]), large = K::max(v[index], v[index + apart]);
      const bool up = (index * K::lanes & run) == 0;
      v[index] = up ? small : large;
      v[index + apart] = up ? large : small;
    }
  } else {
#pragma GCC unroll 8
    for (std::size_t index = 0; index < kNetwork; index++) {
      const typename K::V other = K::template swap<distance>(v[index]);
      v[index] = K::mix(takes_larger<K>(index, run, distance), K::min(v[index], other), K::max(v[index], other));
    }
  }
  if constexpr (distance > 1) compare<K, kNetwork, run, distance / 2>(v);
}

template <typename K, std::size_t kNetwork, std::size_t run>
inline __attribute__((always_inline)) void sort_runs(typename K::V (&v)[kNetwork]) {
  if constexpr (run > 2) sort_runs<K, kNetwork, run / 2>(v);
  compare<K, kNetwork, run, run / 2>(v);
}

template <typename K>
constexpr std::size_t kSmall = kVectors * K::lanes;

// Up to as many keys as the network has places; the others are the largest that there are.
template <typename K, std::size_t kNetwork>
__attribute__((noinline)) void sort_in_network(typename K::Key* keys, std::size_t count) {
  typename K::V v[kNetwork];
  unsigned masks[kNetwork];
  for (std::size_t index = 0; index < kNetwork; index++) {
    const std::size_t before = index * K::lanes;
    const std::size_t own = count <= before ? 0 : count - before < K::lanes ? count - before : K::lanes;
    masks[index] = (1u << own) - 1;
    v[index] = K::load_some(K::all(K::most), masks[index], keys + before);
  }
  sort_runs<K, kNetwork, kNetwork * K::lanes>(v);
  for (std::size_t index = 0; index < kNetwork; index++) {
    K::store_some(keys + index * K::lanes, masks[index], v[index]);
  }
}

template <typename K>
void sort_small(typename K::Key* keys, std::size_t count) {
  if (count <= kSmall<K> / 2) return sort_in_network<K, kVectors / 2>(keys, count);
  sort_in_network<K, kVectors>(keys, count);
}

// ---- Parting

// Puts keys below the pivot (or, with `kUpTo`, up to it) at `low` on, the others before `high`.
template <typename K, bool kUpTo>
inline __attribute__((always_inline)) void put(typename K::Key*& low, typename K::Key*& high, typename K::V keys,
                                               typename K::V pivot) {
  constexpr unsigned all = (1u << K::lanes) - 1;
  const unsigned mask = kUpTo ? ~K::less(pivot, keys) & all : K::less(keys, pivot);
  const auto count = static_cast<unsigned>(__builtin_popcount(mask));
  K::compress(low, mask, keys);
  low += count;
  high -= K::lanes - count;
  K::compress(high, ~mask & all, keys);
}

// In place: as many vectors as are read ahead from both ends leave room to put keys at either.
template <typename K, bool kUpTo, std::size_t kAhead>
std::size_t part_around(typename K::Key* keys, std::size_t count, typename K::Key pivot_key) {
  using Key = typename K::Key;
  constexpr std::size_t block = kAhead * K::lanes;
  Key *left = keys, *right = keys + count;
  // What is no whole block, one by one.
  for (std::size_t rest = count % block; rest > 0; rest--) {
    const Key first = *left;
    if (kUpTo ? first <= pivot_key : first < pivot_key) {
      left++;
    } else {
      right--;
      const Key last = *right;
      *right = first;
      *left = last;
    }
  }
  if (left == right) return static_cast<std::size_t>(left - keys);
  const typename K::V pivot = K::all(pivot_key);
  Key *low = left, *high = right;
  typename K::V first[kAhead], last[kAhead];
  const bool has_two = right - left >= static_cast<std::ptrdiff_t>(2 * block);
  for (std::size_t k = 0; k < kAhead; k++) first[k] = K::load(left + k * K::lanes);
  left += block;
  if (has_two) {
    right -= block;
    for (std::size_t k = 0; k < kAhead; k++) last[k] = K::load(right + k * K::lanes);
  }
  while (left != right) {
    typename K::V now[kAhead];
    // From the end that has less room.
    if (high - right < left - low) {
      right -= block;
      for (std::size_t k = 0; k < kAhead; k++) now[k] = K::load(right + k * K::lanes);
    } else {
      for (std::size_t k = 0; k < kAhead; k++) now[k] = K::load(left + k * K::lanes);
      left += block;
    }
    for (std::size_t k = 0; k < kAhead; k++) put<K, kUpTo>(low, high, now[k], pivot);
  }
  for (std::size_t k = 0; k < kAhead; k++) put<K, kUpTo>(low, high, first[k], pivot);
  if (has_two) {
    for (std::size_t k = 0; k < kAhead; k++) put<K, kUpTo>(low, high, last[k], pivot);
  }
  return static_cast<std::size_t>(low - keys);
}

template <typename K, bool kUpTo>
std::size_t part_around(typename K::Key* keys, std::size_t count, typename K::Key pivot) {
  return count >= 4096 ? part_around<K, kUpTo, 8>(keys, count, pivot) : part_around<K, kUpTo, 1>(keys, count, pivot);
}

// The middle of some keys that lie at equal distances.
template <typename K>
typename K::Key pivot_of(const typename K::Key* keys, std::size_t count) {
  typename K::Key sample[kSmall<K>];
  const std::size_t distance = count / kSmall<K>;
  for (std::size_t k = 0; k < kSmall<K>; k++) sample[k] = keys[k * distance + distance / 2];
  sort_small<K>(sample, kSmall<K>);
  return sample[kSmall<K> / 2];
}

template <typename K>
bool sort_keys(typename K::Key* keys, std::size_t count, unsigned depth) {
  while (count > kSmall<K>) {
    if (depth-- == 0) return false;
    const typename K::Key pivot = pivot_of<K>(keys, count);
    const std::size_t below = part_around<K, false>(keys, count, pivot);
    if (below == 0) {
      // The pivot is the least: those equal to it are in their places.
      const std::size_t equal = part_around<K, true>(keys, count, pivot);
      keys += equal;
      count -= equal;
      continue;
    }
    // The smaller part by recursion, so that the stack stays shallow.
    if (below < count - below) {
      if (!sort_keys<K>(keys, below, depth)) return false;
      keys += below;
      count -= below;
    } else {
      if (!sort_keys<K>(keys + below, count - below, depth)) return false;
      count = below;
    }
  }
  sort_small<K>(keys, count);
  return true;
}

// Twice as many parts, one in the other, as good pivots take.
unsigned depth_for(std::size_t count) { return 2 * (64 - static_cast<unsigned>(__builtin_clzll(count | 1))); }

// Floats as signed integers that sort as they do: NaN of either sign last, -0 before 0. Integers without a sign move to
// both sides of 0.
template <typename Key>
void make_keys(SortOrder order, Key* keys, std::size_t count) noexcept {
  constexpr Key others = static_cast<Key>(~(Key{1} << (8 * sizeof(Key) - 1)));
  constexpr Key infinity = sizeof(Key) == 8 ? static_cast<Key>(0x7ff0000000000000) : static_cast<Key>(0x7f800000);
  if (order == SortOrder::signed_integers) return;
  if (order == SortOrder::unsigned_integers) {
    for (std::size_t k = 0; k < count; k++) keys[k] ^= static_cast<Key>(~others);
    return;
  }
  for (std::size_t k = 0; k < count; k++) {
    const Key bits = keys[k];
    const Key size = bits & others;
    keys[k] = size > infinity ? size : bits < 0 ? bits ^ others : bits;
  }
}

template <typename Key>
void unmake_keys(SortOrder order, Key* keys, std::size_t count) noexcept {
  constexpr Key others = static_cast<Key>(~(Key{1} << (8 * sizeof(Key) - 1)));
  if (order == SortOrder::signed_integers) return;
  if (order == SortOrder::unsigned_integers) {
    for (std::size_t k = 0; k < count; k++) keys[k] ^= static_cast<Key>(~others);
    return;
  }
  for (std::size_t k = 0; k < count; k++) keys[k] = keys[k] < 0 ? keys[k] ^ others : keys[k];
}

template <typename K>
std::size_t part(void* data, std::size_t count) noexcept {
  auto* keys = static_cast<typename K::Key*>(data);
  return count <= kSmall<K> ? 0 : part_around<K, false>(keys, count, pivot_of<K>(keys, count));
}

template <typename K>
bool sort(void* data, std::size_t count) noexcept {
  return sort_keys<K>(static_cast<typename K::Key*>(data), count, depth_for(count));
}

template <typename K>
void make(SortOrder order, void* data, std::size_t count) noexcept {
  make_keys(order, static_cast<typename K::Key*>(data), count);
}

template <typename K>
void unmake(SortOrder order, void* data, std::size_t count) noexcept {
  unmake_keys(order, static_cast<typename K::Key*>(data), count);
}

}  // namespace

const Quicksort quicksort32{make<Keys32>, part<Keys32>, sort<Keys32>, unmake<Keys32>};
const Quicksort quicksort64{make<Keys64>, part<Keys64>, sort<Keys64>, unmake<Keys64>};

}  // namespace nodemm::x86_64

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
