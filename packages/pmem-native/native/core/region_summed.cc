// The part of a region that sums what it copies.
#include <algorithm>
#include <cstring>

#include "copy_summed.h"
#include "region.h"

namespace nodemm {

Status Region::copy_within_summed(std::uint64_t target, std::uint64_t source, std::uint64_t length,
                                  std::uint32_t initial, std::uint32_t* sum) {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  if (!contains(target, length) || !contains(source, length)) return Status::out_of_range;
  if (overlap(target, source, length)) return Status::overlap;
  *sum = store_summed(target, base() + source, length, initial, true);
  if (granularity_ == Granularity::page) flush_pages(*this, target, length);
  return writable();
}

Status Region::persist_record(Range head, Range source, std::uint32_t initial) {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  std::uint32_t sum = 0;
  const Area area = this->area();
  if (!area.contains(head) || !area.contains(source) || head.length < sizeof sum) return Status::out_of_range;
  const Range record{head.offset, head.length + source.length};
  if (!area.contains(record)) return Status::out_of_range;
  if (overlap(record, source)) return Status::overlap;
  sum = instructions_.crc32c(initial, base() + head.offset + sizeof sum, head.length - sizeof sum);
  if (source.length > 0) {
    const std::uint64_t target = head.offset + head.length;
    sum = store_summed(target, base() + source.offset, source.length, sum, true);
    if (granularity_ == Granularity::page) flush_pages(*this, target, source.length);
  }
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  sum = __builtin_bswap32(sum);
#endif
  std::memcpy(base() + head.offset, &sum, sizeof sum);
  return persist(head.offset, head.length);
}

std::uint32_t Region::store_summed(std::uint64_t offset, const std::byte* source, std::uint64_t length,
                                   std::uint32_t initial, bool shared) noexcept {
  if (length < written_bytes_) {
    std::byte* to = base() + offset;
    return shared && length >= large_.parallel_bytes()
               ? large_.copy_summed(to, source, length, initial)
               : copy_summed(instructions_, to, source, length, flush_ends_, initial);
  }
  // As `copy_held`, in pieces that are worth a call of the system.
  constexpr std::size_t kHeldBytes = std::size_t{32} << 10;
  std::byte held[kHeldBytes];
  std::uint32_t sum = initial;
  for (std::uint64_t done = 0; done < length; done += kHeldBytes) {
    const std::size_t piece = std::min<std::uint64_t>(kHeldBytes, length - done);
    std::memcpy(held, source + done, piece);
    sum = instructions_.crc32c(sum, held, piece);
    store(offset + done, held, piece, false, 0);
  }
  return sum;
}

}  // namespace nodemm
