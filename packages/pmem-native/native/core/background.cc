#include "background.h"

#include <algorithm>

#include "piece_bytes.h"

namespace nodemm {

void Background::run() noexcept {
  if (!region_->pin()) {
    status_ = Status::closed;
    return;
  }
  status_ = run_pieces();
  region_->unpin();
}

Status Background::run_pieces() noexcept {
  using Verb = Region::Piece::Verb;
  const bool persists =
      whole_.verb < Verb::deep_flush || (whole_.verb == Verb::advise && whole_.advice == Advice::random_now);
  const bool syncs = whole_.verb == Verb::deep_flush || (persists && region_->granularity() == Granularity::page);
  const std::uint64_t most = syncs ? kPagesPieceBytes : kLinesPieceBytes;
  while (completed_bytes_ < whole_.length) {
    const std::uint64_t rest = whole_.length - completed_bytes_;
    const bool at_once = whole_.verb == Verb::persist && rest >= region_->large_ranges().whole_cache_bytes();
    if (stopped_.load(std::memory_order_relaxed)) return Status::stopped;
    Region::Piece piece = whole_;
    piece.offset += completed_bytes_;
    // Ends where huge pages do, none of which may be parted by an advice.
    piece.length = at_once ? rest : std::min(rest, most - piece.offset % most);
    if (piece.source != nullptr) piece.source += completed_bytes_;
    if (piece.target != nullptr) piece.target += completed_bytes_;
    const Status done = region_->run_piece(piece);
    whole_.figure = piece.figure;
    whole_.error_number = piece.error_number;
    if (done != Status::ok) return done;
    completed_bytes_ += piece.length;
  }
  return Status::ok;
}

}  // namespace nodemm
