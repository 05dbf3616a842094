#include "sort.h"

#include <atomic>

#include "radix_sort.h"
#include "threads.h"

namespace nodemm {
namespace {

constexpr SortOrder order_of(Type type) noexcept {
  if (type == Type::float32 || type == Type::float64) return SortOrder::floats;
  const bool is_signed = type == Type::int8 || type == Type::int16 || type == Type::int32 || type == Type::int64;
  return is_signed ? SortOrder::signed_integers : SortOrder::unsigned_integers;
}

const Quicksort* quicksort_for(std::size_t size) noexcept {
  return size == 8 ? kernels().quicksort64 : size == 4 ? kernels().quicksort32 : nullptr;
}

// Parts first, then a share of the parts for each thread: their order is settled.
bool sort_parted(const Quicksort& quicksort, std::size_t size, std::byte* keys, std::size_t count,
                 unsigned threads) noexcept {
  if (threads < 2) return quicksort.sort(keys, count);
  const std::size_t below = quicksort.part(keys, count);
  std::atomic<bool> well{true};
  in_parallel(2, [&](unsigned index) {
    const bool own = index == 0 ? sort_parted(quicksort, size, keys, below, threads / 2)
                                : sort_parted(quicksort, size, keys + below * size, count - below, threads / 2);
    if (!own) well.store(false, std::memory_order_relaxed);
  });
  return well.load(std::memory_order_relaxed);
}

}  // namespace

Status sort(const Elements& elements, std::uint64_t offset, std::uint64_t count) noexcept {
  if (offset > elements.length || count > elements.length - offset) return Status::out_of_range;
  // Places are counted in 32 bits.
  if (count >= (std::uint64_t{1} << 32)) return Status::unsupported;
  if (count < 2) return Status::ok;
  const std::size_t size = size_of(elements.type);
  std::byte* data = elements.data + offset * size;
  const Quicksort* quicksort = quicksort_for(size);
  if (quicksort == nullptr || reinterpret_cast<std::uintptr_t>(data) % size != 0) {
    return radix_sort(elements.type, data, count);
  }
  const SortOrder order = order_of(elements.type);
  const unsigned threads = threads_for(count * size);
  const auto for_each_share = [&](auto&& work) {
    in_parallel(threads, [&](unsigned thread) {
      const std::uint64_t begin = count * thread / threads, end = count * (thread + 1) / threads;
      work(order, data + begin * size, static_cast<std::size_t>(end - begin));
    });
  };
  for_each_share(quicksort->make_keys);
  const bool is_sorted = sort_parted(*quicksort, size, data, static_cast<std::size_t>(count), threads);
  for_each_share(quicksort->unmake_keys);
  return is_sorted ? Status::ok : radix_sort(elements.type, data, count);
}

}  // namespace nodemm
