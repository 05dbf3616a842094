// Least significant digit first. Each pass moves every element from the array to a second one of the same size, or
// back, behind all elements of a smaller digit; what has the same digit keeps its order. Digits that are the same in
// all elements take no pass. Threads move a share of the elements each, to places that no other has.
//
// The array may change while it is sorted: its file may be truncated, or another thread store to it. Then the result is
// of no use, but every place is checked against the count before it is stored to.
#include "radix_sort.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include "pages.h"
#include "threads.h"

namespace nodemm {
namespace {

constexpr unsigned kDigitBits = 11;
constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
constexpr unsigned kMostThreads = 8;

template <typename K>
constexpr unsigned kPasses = (8 * sizeof(K) + kDigitBits - 1) / kDigitBits;

// Keys are unsigned and sort as the elements do.
struct Unsigned {
  template <typename K>
  static K key_of(K bits) noexcept {
    return bits;
  }
  template <typename K>
  static K bits_of(K key) noexcept {
    return key;
  }
};

struct Signed {
  template <typename K>
  static constexpr K sign = static_cast<K>(K{1} << (8 * sizeof(K) - 1));
  template <typename K>
  static K key_of(K bits) noexcept {
    return static_cast<K>(bits ^ sign<K>);
  }
  template <typename K>
  static K bits_of(K key) noexcept {
    return static_cast<K>(key ^ sign<K>);
  }
};

struct Float {
  template <typename K>
  static constexpr K sign = static_cast<K>(K{1} << (8 * sizeof(K) - 1));
  // All ones in the exponent and nothing behind them: infinity. NaN is what lies above.
  template <typename K>
  static constexpr K infinity = sizeof(K) == 8 ? static_cast<K>(0x7ff0000000000000) : static_cast<K>(0x7f800000);

  // Negative numbers the other way round and below the positive ones; NaN of either sign above all.
  template <typename K>
  static K key_of(K bits) noexcept {
    const bool is_nan = (bits & ~sign<K>) > infinity<K>;
    return (bits & sign<K>) != 0 && !is_nan ? ~bits : bits | sign<K>;
  }
  template <typename K>
  static K bits_of(K key) noexcept {
    return (key & sign<K>) != 0 ? key & ~sign<K> : ~key;
  }
};

template <typename K>
K load(const std::byte* base, std::uint64_t index) noexcept {
  K value;
  std::memcpy(&value, base + index * sizeof(K), sizeof(K));
  return value;
}

template <typename K>
void store(std::byte* base, std::uint64_t index, K value) noexcept {
  std::memcpy(base + index * sizeof(K), &value, sizeof(K));
}

template <typename K>
std::size_t digit_of(K key, unsigned pass) noexcept {
  return static_cast<std::size_t>(key >> (pass * kDigitBits)) & (kDigits - 1);
}

// How often each digit occurs, in every pass, among the elements of one thread's share; then where they go.
template <typename K>
struct Counts {
  std::uint32_t of[kPasses<K>][kDigits];
};

// One sort: an array, a second one, and the counts of each thread.
template <typename K, typename Order>
class Sorter {
 public:
  Sorter(std::byte* data, std::byte* spare, std::uint64_t count, Counts<K>* counts, unsigned threads) noexcept
      : from_(data), to_(spare), data_(data), count_(count), counts_(counts), threads_(threads) {}

  void run() noexcept {
    in_parallel(threads_, [this](unsigned thread) { count_all(thread); });
    bool needed[kPasses<K>];
    unsigned last = 0, passes = 0;
    for (unsigned pass = 0; pass < kPasses<K>; pass++) {
      needed[pass] = !is_constant(pass);
      if (needed[pass]) last = pass, passes++;
    }
    bool is_first = true;
    for (unsigned pass = 0; pass < kPasses<K>; pass++) {
      if (!needed[pass]) continue;
      // What the shares have was counted before the first pass; later ones have moved elements between them.
      if (!is_first && threads_ > 1) in_parallel(threads_, [=](unsigned thread) { count_again(thread, pass); });
      find_places(pass);
      const bool ends_here = pass == last && passes % 2 == 0;
      in_parallel(threads_, [=](unsigned thread) {
        if (is_first && ends_here) {
          move<true, true>(thread, pass);
        } else if (is_first) {
          move<true, false>(thread, pass);
        } else if (ends_here) {
          move<false, true>(thread, pass);
        } else {
          move<false, false>(thread, pass);
        }
      });
      std::swap(from_, to_);
      is_first = false;
    }
    if (from_ != data_) in_parallel(threads_, [this](unsigned thread) { bring_back(thread); });
  }

 private:
  std::uint64_t begin_of(unsigned thread) const noexcept { return count_ * thread / threads_; }

  void count_all(unsigned thread) noexcept {
    Counts<K>& own = counts_[thread];
    std::memset(&own, 0, sizeof own);
    for (std::uint64_t k = begin_of(thread); k < begin_of(thread + 1); k++) {
      const K key = Order::template key_of<K>(load<K>(from_, k));
      for (unsigned pass = 0; pass < kPasses<K>; pass++) own.of[pass][digit_of(key, pass)]++;
    }
  }

  void count_again(unsigned thread, unsigned pass) noexcept {
    std::uint32_t (&own)[kDigits] = counts_[thread].of[pass];
    std::memset(own, 0, sizeof own);
    for (std::uint64_t k = begin_of(thread); k < begin_of(thread + 1); k++) own[digit_of(load<K>(from_, k), pass)]++;
  }

  bool is_constant(unsigned pass) const noexcept {
    for (std::size_t digit = 0; digit < kDigits; digit++) {
      std::uint64_t sum = 0;
      for (unsigned thread = 0; thread < threads_; thread++) sum += counts_[thread].of[pass][digit];
      if (sum != 0) return sum == count_;
    }
    return true;
  }

  // Turns counts into the places of the first element of each digit and share.
  void find_places(unsigned pass) noexcept {
    std::uint32_t place = 0;
    for (std::size_t digit = 0; digit < kDigits; digit++) {
      for (unsigned thread = 0; thread < threads_; thread++) {
        std::uint32_t& entry = counts_[thread].of[pass][digit];
        const std::uint32_t found = entry;
        entry = place;
        place += found;
      }
    }
  }

  template <bool kIsFirst, bool kIsLast>
  void move(unsigned thread, unsigned pass) noexcept {
    std::uint32_t* const places = counts_[thread].of[pass];
    for (std::uint64_t k = begin_of(thread); k < begin_of(thread + 1); k++) {
      K key = load<K>(from_, k);
      if (kIsFirst) key = Order::template key_of<K>(key);
      const std::uint32_t place = places[digit_of(key, pass)]++;
      if (place >= count_) continue;
      store<K>(to_, place, kIsLast ? Order::template bits_of<K>(key) : key);
    }
  }

  void bring_back(unsigned thread) noexcept {
    for (std::uint64_t k = begin_of(thread); k < begin_of(thread + 1); k++) {
      store<K>(data_, k, Order::template bits_of<K>(load<K>(from_, k)));
    }
  }

  std::byte* from_;
  std::byte* to_;
  std::byte* data_;
  std::uint64_t count_;
  Counts<K>* counts_;
  unsigned threads_;
};

template <typename K, typename Order>
Status sort_keys(std::byte* data, std::uint64_t count) noexcept {
  const unsigned threads = std::min(threads_for(count * sizeof(K)), kMostThreads);
  const std::unique_ptr<Counts<K>[]> counts(new (std::nothrow) Counts<K>[threads]);
  const std::unique_ptr<std::byte[]> spare(new (std::nothrow) std::byte[count * sizeof(K)]);
  if (counts == nullptr || spare == nullptr) return Status::no_memory;
  const auto address = reinterpret_cast<std::uintptr_t>(spare.get());
  ask_for_large_pages(address, address + count * sizeof(K));
  Sorter<K, Order>(data, spare.get(), count, counts.get(), threads).run();
  return Status::ok;
}

}  // namespace

Status radix_sort(Type type, std::byte* data, std::uint64_t count) noexcept {
  switch (type) {
    case Type::int8:
      return sort_keys<std::uint8_t, Signed>(data, count);
    case Type::uint8:
      return sort_keys<std::uint8_t, Unsigned>(data, count);
    case Type::int16:
      return sort_keys<std::uint16_t, Signed>(data, count);
    case Type::uint16:
      return sort_keys<std::uint16_t, Unsigned>(data, count);
    case Type::int32:
      return sort_keys<std::uint32_t, Signed>(data, count);
    case Type::uint32:
      return sort_keys<std::uint32_t, Unsigned>(data, count);
    case Type::int64:
      return sort_keys<std::uint64_t, Signed>(data, count);
    case Type::uint64:
      return sort_keys<std::uint64_t, Unsigned>(data, count);
    case Type::float32:
      return sort_keys<std::uint32_t, Float>(data, count);
    case Type::float64:
      return sort_keys<std::uint64_t, Float>(data, count);
  }
  return Status::unsupported;
}

}  // namespace nodemm
