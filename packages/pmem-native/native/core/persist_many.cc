#include "persist_many.h"

#include <algorithm>

#include "piece_bytes.h"

namespace nodemm {
namespace {

// Each has a line at least.
constexpr std::size_t kMostRanges = kLinesPieceBytes / 64;

}  // namespace

Status PersistMany::check() const {
  if (const Status blocked = region_->writable(); blocked != Status::ok) return blocked;
  const Area area = region_->area();
  const auto lies_inside = [area](Range range) { return area.contains(range); };
  return std::all_of(ranges_.begin(), ranges_.end(), lies_inside) ? Status::ok : Status::out_of_range;
}

void PersistMany::run() noexcept {
  if (!region_->pin()) {
    status_ = Status::closed;
    return;
  }
  status_ = persist_all();
  region_->unpin();
}

Status PersistMany::persist_all() noexcept {
  const std::uint64_t most = piece_bytes();
  std::size_t next = 0;
  while (next < ranges_.size()) {
    if (stopped_.load(std::memory_order_relaxed)) return Status::stopped;
    const std::size_t first = next;
    std::uint64_t length = 0;
    while (next < ranges_.size() && next - first < kMostRanges && ranges_[next].length <= most - length) {
      length += ranges_[next++].length;
    }
    const bool is_cut = next == first;
    const Range cut{ranges_[first].offset, most};
    const Status persisted = region_->persist_ranges(is_cut ? &cut : &ranges_[first], is_cut ? 1 : next - first);
    if (persisted != Status::ok) return persisted;
    completed_bytes_ += is_cut ? most : length;
    if (is_cut) ranges_[first] = {cut.offset + most, ranges_[first].length - most};
  }
  return Status::ok;
}

std::uint64_t PersistMany::piece_bytes() const noexcept {
  if (region_->granularity() == Granularity::page) return kPagesPieceBytes;
  const std::uint64_t whole_cache_bytes = region_->large_ranges().whole_cache_bytes();
  std::uint64_t total = 0;
  for (const Range& range : ranges_) {
    total += range.length;
    if (total >= whole_cache_bytes) return UINT64_MAX;
  }
  return kLinesPieceBytes;
}

}  // namespace nodemm
