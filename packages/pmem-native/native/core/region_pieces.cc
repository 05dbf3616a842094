// The parts of operations that run on other threads.
#include <algorithm>

#include "lent_read.h"
#include "region.h"

namespace nodemm {

Status Region::check(const Piece& piece) const {
  const bool reads = piece.verb >= Piece::Verb::prefault;
  if (const Status blocked = reads ? readable() : writable(); blocked != Status::ok) return blocked;
  if (piece.verb == Piece::Verb::crc32c_of) return Status::ok;
  if (!contains(piece.offset, piece.length)) return Status::out_of_range;
  if (piece.source == nullptr || piece.length == 0) return Status::ok;
  const auto target = reinterpret_cast<std::uintptr_t>(base() + piece.offset);
  return overlap(target, reinterpret_cast<std::uintptr_t>(piece.source), piece.length) ? Status::overlap : Status::ok;
}

Status Region::run_piece(Piece& piece) noexcept {
  if (piece.verb == Piece::Verb::prefault || piece.verb == Piece::Verb::advise) {
    Result<> done = piece.verb == Piece::Verb::prefault ? prefault(piece.offset, piece.length)
                                                        : advise(piece.advice, piece.offset, piece.length);
    if (done.ok()) return Status::ok;
    piece.error_number = done.failure().error_number;
    return done.failure().status;
  }
  if (piece.verb == Piece::Verb::crc32c) {
    std::uint32_t sum = 0;
    const Status summed = crc32c(piece.offset, piece.length, static_cast<std::uint32_t>(piece.figure), &sum);
    piece.figure = sum;
    return summed;
  }
  if (piece.verb == Piece::Verb::crc32c_of) return sum_lent_piece(piece);
  if (piece.verb == Piece::Verb::read) return read_safely(piece.offset, piece.target, piece.length, &piece.figure);
  return persist_piece(piece);
}

Status Region::persist_piece(Piece& piece) noexcept {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  std::byte* target = base() + piece.offset;
  if (piece.verb == Piece::Verb::copy) {
    if (const Status stored = store_lent_piece(piece.offset, piece.source, piece.length); stored != Status::ok)
      return stored;
  }
  if (piece.verb == Piece::Verb::copy_summed) {
    const auto before = static_cast<std::uint32_t>(piece.figure);
    piece.figure = store_summed(piece.offset, piece.source, piece.length, before, false);
  }
  if (piece.verb == Piece::Verb::fill) instructions_.fill(target, piece.byte, piece.length, flush_ends_);
  if (granularity_ == Granularity::page) return sync(piece.offset, piece.offset + piece.length);
  const bool persists = piece.verb == Piece::Verb::persist || piece.verb == Piece::Verb::deep_flush;
  if (persists && granularity_ == Granularity::cache_line) large_.flush(target, piece.length);
  instructions_.fence();
  if (piece.verb == Piece::Verb::deep_flush) {
    // As `deep_flush`, whose flush and drain are those of the region's own thread.
    if (kind_ == SourceKind::dax_device) return Status::unsupported;
    return sync(piece.offset, piece.offset + piece.length);
  }
  return writable();
}

Status Region::persist_ranges(const Range* ranges, std::size_t count) noexcept {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  DirtyRange dirty;
  std::uint64_t total = 0;
  for (const Range* range = ranges; range < ranges + count; range++) {
    if (range->length == 0) continue;
    dirty.begin = std::min(dirty.begin, range->offset);
    dirty.end = std::max(dirty.end, range->offset + range->length);
    total += range->length;
  }
  if (dirty.end == 0) return writable();
  if (granularity_ == Granularity::page) return sync(dirty.begin, dirty.end);
  if (total >= large_.whole_cache_bytes() && large_.write_back_all()) return writable();
  if (granularity_ == Granularity::cache_line) {
    for (const Range* range = ranges; range < ranges + count; range++) {
      large_.flush(base() + range->offset, range->length);
    }
  }
  instructions_.fence();
  return writable();
}

Status Region::sum_lent_piece(Piece& piece) noexcept {
  if (const Status blocked = readable(); blocked != Status::ok) return blocked;
  struct Summing {
    Crc32c crc32c;
    std::uint32_t sum;
    const std::byte* source;
    std::uint64_t length;
  };
  Summing summing{instructions_.crc32c, static_cast<std::uint32_t>(piece.figure), piece.source, piece.length};
  const auto read = [](void* context) noexcept {
    auto& [crc32c, sum, source, length] = *static_cast<Summing*>(context);
    sum = crc32c(sum, source, length);
  };
  if (!read_lent(piece.source, piece.length, read, &summing)) return Status::lost_source;
  piece.figure = summing.sum;
  return readable();
}

Status Region::store_lent_piece(std::uint64_t offset, const std::byte* source, std::uint64_t length) noexcept {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  struct Copying {
    Region* region;
    std::uint64_t offset;
    const std::byte* source;
    std::uint64_t length;
  };
  Copying copying{this, offset, source, length};
  const auto store = [](void* context) noexcept {
    const auto& [region, to, from, bytes] = *static_cast<Copying*>(context);
    region->store(to, from, bytes, false, region->written_many_bytes_);
  };
  const bool was_there = read_lent(source, length, store, &copying);
  // Who learns that the piece is done may store in its place: what went past the caches must not come after that.
  instructions_.fence();
  return was_there ? writable() : Status::lost_source;
}

Status Region::settle_piece(std::uint64_t offset, std::uint64_t length) noexcept {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  if (granularity_ == Granularity::page) return sync(offset, offset + length);
  instructions_.fence();
  return writable();
}

}  // namespace nodemm
