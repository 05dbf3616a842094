#include "copy_many.h"

#include <algorithm>

#include "piece_bytes.h"

namespace nodemm {

Status CopyMany::check() const {
  for (const Copy& copy : copies_) {
    Region::Piece piece;
    piece.verb = Region::Piece::Verb::copy;
    piece.offset = copy.offset;
    piece.length = copy.length;
    piece.source = copy.source;
    if (const Status checked = region_->check(piece); checked != Status::ok) return checked;
  }
  return Status::ok;
}

void CopyMany::run() noexcept {
  if (!region_->pin()) {
    status_ = Status::closed;
    return;
  }
  status_ = store_all();
  if (status_ == Status::ok) status_ = settle_all();
  region_->unpin();
}

Status CopyMany::store_all() noexcept {
  std::int32_t* claim = claims_;
  for (const Copy& copy : copies_) {
    for (std::uint64_t at = 0; at < copy.length; at += piece_bytes_, claim++) {
      if (stopped_.load(std::memory_order_relaxed)) return Status::stopped;
      std::int32_t expected = Claim::free;
      if (!__atomic_compare_exchange_n(claim, &expected, Claim::worker, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        continue;
      }
      const std::uint64_t length = std::min(piece_bytes_, copy.length - at);
      const Status stored = region_->store_lent_piece(copy.offset + at, copy.source + at, length);
      // Also where it failed: nobody waits for a piece that nobody copies.
      __atomic_store_n(claim, Claim::done, __ATOMIC_RELEASE);
      if (stored != Status::ok) return stored;
    }
  }
  return Status::ok;
}

Status CopyMany::settle_all() noexcept {
  if (region_->granularity() != Granularity::page) return region_->settle_piece(0, 0);
  // Short ones share a sync, which takes all between them too.
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t bytes = 0;
  for (const Copy& copy : copies_) {
    for (std::uint64_t at = 0; at < copy.length; at += kPagesPieceBytes) {
      const std::uint64_t first = copy.offset + at;
      const std::uint64_t length = std::min(kPagesPieceBytes, copy.length - at);
      if (bytes > 0 && bytes + length > kPagesPieceBytes) {
        if (const Status settled = settle(begin, end); settled != Status::ok) return settled;
        bytes = 0;
      }
      begin = bytes == 0 ? first : std::min(begin, first);
      end = bytes == 0 ? first + length : std::max(end, first + length);
      bytes += length;
    }
  }
  return bytes == 0 ? Status::ok : settle(begin, end);
}

Status CopyMany::settle(std::uint64_t begin, std::uint64_t end) noexcept {
  if (stopped_.load(std::memory_order_relaxed)) return Status::stopped;
  return region_->settle_piece(begin, end - begin);
}

}  // namespace nodemm
