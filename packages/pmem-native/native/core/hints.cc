// What a region tells the system of its use: which pages are wanted now, and how they will be used.
#include "os/memory.h"
#include "region.h"

namespace nodemm {

Result<> Region::prefault(std::uint64_t offset, std::uint64_t length) {
  if (const Status blocked = readable(); blocked != Status::ok) return Failure{blocked};
  if (!contains(offset, length)) return Failure{Status::out_of_range};
  if (length == 0) return Done{};
  const std::uint64_t first = offset / page_bytes() * page_bytes();
  const std::uint64_t pages = whole_pages(offset + length) - first;
  const int error_number = os::populate(base() + first, pages, !source_->read_only());
  if (error_number != 0) return Failure{Status::system, error_number, "madvise"};
  if (const Status blocked = readable(); blocked != Status::ok) return Failure{blocked};
  return Done{};
}

Result<> Region::advise(Advice advice, std::uint64_t offset, std::uint64_t length) {
  if (const Status blocked = readable(); blocked != Status::ok) return Failure{blocked};
  if (!contains(offset, length)) return Failure{Status::out_of_range};
  if (length == 0) return Done{};
  // The kernel parts a mapping of larger units only between them.
  const std::uint64_t unit = mapping_->unit();
  const std::uint64_t first = offset / unit * unit;
  const std::uint64_t end = whole_units(offset + length, unit);
  int error_number = os::advise(base() + first, end - first, advice);
  // Only where whole pages are written back to a medium; and a reader's own stores live in its pages.
  const bool drops = granularity_ == Granularity::page && !source_->volatile_medium() && !source_->read_only();
  if (error_number == 0 && advice == Advice::random_now && drops) {
    // Dirty pages stay, and of a poisoned region the memory has what the medium lost.
    if (const Status synced = sync(first, end); synced != Status::ok) return Failure{synced, sync_error_, "msync"};
    error_number = os::drop_pages(base() + first, end - first, source_->descriptor(), first);
  }
  if (error_number != 0) return Failure{Status::system, error_number, "madvise"};
  if (advice == Advice::random || advice == Advice::random_now) written_pages_.leave(first, end - first);
  return Done{};
}

}  // namespace nodemm
