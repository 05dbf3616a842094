#include "large_ranges.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

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

bool LargeRanges::write_back_all() noexcept {
  // What is still on its way past the caches is none of theirs.
  instructions_->fence();
  if (whole_cache_->write_back()) return true;
  use_whole_cache_from(kNever);
  return false;
}

}  // namespace nodemm
