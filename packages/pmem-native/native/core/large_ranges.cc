#include "large_ranges.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "copy_summed.h"
#include "cpu/generic/crc32c.h"
#include "share_out.h"

namespace nodemm {
namespace {

// Two threads take as long as one for some 2 MiB, because the second must be started, and 0.7 of its time for 16 MiB.
constexpr std::uint64_t kParallelBytes = std::uint64_t{8} << 20;
// A write-back stops the machine and empties everybody's caches, so it must win by something.
constexpr std::uint64_t kWholeCacheBytes = std::uint64_t{256} << 20;
constexpr double kMargin = 2;
constexpr double kLongestBytes = 1e15;

// Of lines that no cache holds: what most of a long range is.
double seconds_a_byte(const Instructions& instructions) {
  std::vector<std::byte> bytes(std::size_t{1} << 20);
  instructions.flush(bytes.data(), bytes.size());
  instructions.fence();
  const auto begin = std::chrono::steady_clock::now();
  instructions.flush(bytes.data(), bytes.size());
  instructions.fence();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return seconds / static_cast<double>(bytes.size());
}

struct Flushing {
  FlushLines flush;
  const std::byte* address;
};

void flush_part(void* context, std::uint64_t first, std::uint64_t length) noexcept {
  const auto& flushing = *static_cast<Flushing*>(context);
  flushing.flush(flushing.address + first, length);
}

struct Copying {
  StreamCopy copy;
  FlushLines flush;
  std::byte* to;
  const std::byte* from;
};

void copy_part(void* context, std::uint64_t first, std::uint64_t length) noexcept {
  const auto& copying = *static_cast<Copying*>(context);
  copying.copy(copying.to + first, copying.from + first, length, copying.flush);
}

struct Filling {
  StreamFill fill;
  FlushLines flush;
  std::byte* to;
  std::uint8_t byte;
};

void fill_part(void* context, std::uint64_t first, std::uint64_t length) noexcept {
  const auto& filling = *static_cast<Filling*>(context);
  filling.fill(filling.to + first, filling.byte, length, filling.flush);
}

// A CRC-32C out of its parts'. The register is linear in what it is begun with and in the bytes: each part, begun at
// zero and moved over what follows it, is added to the rest, in whatever order.
class JoinedSum {
 public:
  // What each part's sum continues from: it begins the register at zero.
  static constexpr std::uint32_t kPartInitial = ~std::uint32_t{0};

  JoinedSum(std::uint32_t initial, std::uint64_t length)
      : length_(length), remainder_(generic::crc32c_append_zeros(~initial, length)) {}
  void add(std::uint64_t first, std::uint64_t length, std::uint32_t part) noexcept {
    const std::uint32_t moved = generic::crc32c_append_zeros(~part, length_ - first - length);
    remainder_.fetch_xor(moved, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint32_t value() const noexcept { return ~remainder_.load(std::memory_order_relaxed); }

 private:
  const std::uint64_t length_;
  std::atomic<std::uint32_t> remainder_;
};

struct Summing {
  Crc32c crc32c;
  const std::byte* from;
  JoinedSum sum;
};

void sum_part(void* context, std::uint64_t first, std::uint64_t length) noexcept {
  auto& summing = *static_cast<Summing*>(context);
  summing.sum.add(first, length, summing.crc32c(JoinedSum::kPartInitial, summing.from + first, length));
}

struct SummedCopying {
  const Instructions* instructions;
  FlushLines flush;
  std::byte* to;
  const std::byte* from;
  JoinedSum sum;
};

void copy_part_summed(void* context, std::uint64_t first, std::uint64_t length) noexcept {
  auto& copying = *static_cast<SummedCopying*>(context);
  copying.sum.add(first, length,
                  copy_summed(*copying.instructions, copying.to + first, copying.from + first, length, copying.flush,
                              JoinedSum::kPartInitial));
}

void leave_nothing() noexcept {}

}  // namespace

void LargeRanges::choose(const Instructions& instructions, Request request) {
  instructions_ = &instructions;
  request_ = std::move(request);
  if (request_.flush != nullptr) flush_ = request_.flush;
  threads_ = usable_processors();
  const bool parallel = request_.forced.value_or(LargePersist::parallel) >= LargePersist::parallel;
  if (parallel && threads_ > 1) parallel_bytes_ = kParallelBytes;
  use_whole_cache_from(kNever);
}

void LargeRanges::extend(std::uint64_t length) {
  const bool allowed = request_.forced.value_or(LargePersist::whole_cache) == LargePersist::whole_cache;
  const std::uint64_t least = request_.forced ? 1 : kWholeCacheBytes;
  if (looked_ || !allowed || request_.flush == nullptr || length < least) return;
  looked_ = true;
  whole_cache_ = WholeCache::find(request_.proc_root);
  if (whole_cache_ == nullptr) return;
  const double rate = seconds_a_byte(*instructions_) / threads_;
  const double worth = kMargin * whole_cache_->seconds() / rate;
  // A slow one may be worth it nowhere.
  if (!request_.forced && worth > kLongestBytes) return;
  use_whole_cache_from(request_.forced ? 1 : std::max(least, static_cast<std::uint64_t>(worth)));
}

void LargeRanges::use_whole_cache_from(std::uint64_t bytes) noexcept {
  whole_cache_bytes_.store(bytes, std::memory_order_release);
  flush_bytes_ = request_.flush == nullptr ? kNever : std::min(parallel_bytes_, bytes);
}

void LargeRanges::flush(const std::byte* address, std::uint64_t length) noexcept {
  if (length >= whole_cache_bytes() && write_back_all()) return;
  if (length < parallel_bytes_) return flush_(address, length);
  Flushing flushing{flush_, address};
  share_out({flush_part, instructions_->fence, &flushing}, address, length, threads_);
}

void LargeRanges::copy(std::byte* to, const std::byte* from, std::uint64_t length) const noexcept {
  Copying copying{instructions_->copy, flush_, to, from};
  share_out({copy_part, instructions_->fence, &copying}, to, length, threads_);
}

void LargeRanges::fill(std::byte* to, std::uint8_t byte, std::uint64_t length) const noexcept {
  Filling filling{instructions_->fill, flush_, to, byte};
  share_out({fill_part, instructions_->fence, &filling}, to, length, threads_);
}

void LargeRanges::share(void (*part)(void* context, std::uint64_t first, std::uint64_t length) noexcept, void* context,
                        std::uint64_t length) const noexcept {
  share_out({part, instructions_->fence, context}, nullptr, length, threads_);
}

std::uint32_t LargeRanges::crc32c(std::uint32_t initial, const std::byte* from, std::uint64_t length) const noexcept {
  Summing summing{instructions_->crc32c, from, {initial, length}};
  share_out({sum_part, leave_nothing, &summing}, from, length, threads_);
  return summing.sum.value();
}

std::uint32_t LargeRanges::copy_summed(std::byte* to, const std::byte* from, std::uint64_t length,
                                       std::uint32_t initial) const noexcept {
  SummedCopying copying{instructions_, flush_, to, from, {initial, length}};
  share_out({copy_part_summed, instructions_->fence, &copying}, to, length, threads_);
  return copying.sum.value();
}

bool LargeRanges::write_back_all() noexcept {
  // What is still on its way past the caches is none of theirs.
  instructions_->fence();
  if (whole_cache_->write_back()) return true;
  use_whole_cache_from(kNever);
  return false;
}

}  // namespace nodemm
