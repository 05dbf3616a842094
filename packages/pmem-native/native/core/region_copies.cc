// The part of a region that stores many copies at once.
#include <algorithm>
#include <atomic>

#include "region.h"

namespace nodemm {
namespace {

// Two threads copy these in two thirds of the time of one (measured: 8 MB in 20 copies).
constexpr std::uint64_t kSharedBytes = std::uint64_t{4} << 20;

// Copies as one long range, of which several threads take parts.
struct CopiedParts {
  const std::vector<Region::Copy>* copies;
  // Where each ends in that range.
  std::vector<std::uint64_t> ends;
  Region* region;
  std::atomic<Status> status{Status::ok};
};

void store_part(void* context, std::uint64_t first, std::uint64_t length) noexcept {
  auto& parts = *static_cast<CopiedParts*>(context);
  const std::vector<std::uint64_t>& ends = parts.ends;
  auto index = static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), first) - ends.begin());
  for (std::uint64_t done = 0; done < length; index++) {
    const Region::Copy& copy = (*parts.copies)[index];
    const std::uint64_t at = first + done - (ends[index] - copy.length);
    const std::uint64_t piece = std::min(length - done, copy.length - at);
    const Status stored = parts.region->store_piece(copy.offset + at, copy.source + at, piece);
    if (stored != Status::ok) {
      parts.status.store(stored);
      return;
    }
    done += piece;
  }
}

}  // namespace

Status Region::store_piece(std::uint64_t offset, const std::byte* source, std::uint64_t length) noexcept {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  store(offset, source, length, false, written_many_bytes_);
  return writable();
}

Status Region::copy_many(const std::vector<Copy>& copies) {
  CopiedParts parts{&copies, {}, this};
  std::uint64_t total = 0;
  for (const Copy& copy : copies) {
    Piece piece;
    piece.verb = Piece::Verb::copy;
    piece.offset = copy.offset;
    piece.length = copy.length;
    piece.source = copy.source;
    if (const Status checked = check(piece); checked != Status::ok) return checked;
    total += copy.length;
    parts.ends.push_back(total);
  }
  // Written ones would wait for each other: a file takes one write at a time.
  const bool writes = written_bytes_ != LargeRanges::kNever;
  if (total >= kSharedBytes && !writes && large_.parallel_bytes() != LargeRanges::kNever) {
    large_.share(store_part, &parts, total);
  } else if (total > 0) {
    store_part(&parts, 0, total);
  }
  if (const Status stored = parts.status; stored != Status::ok) return stored;
  if (granularity_ == Granularity::page) {
    for (const Copy& copy : copies) flush_pages(*this, copy.offset, copy.length);
  }
  return writable();
}

}  // namespace nodemm
