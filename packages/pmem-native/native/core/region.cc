#include "region.h"

#include <algorithm>

#include "durability.h"
#include "os/file.h"
#include "os/memory.h"
#include "safe_read.h"

namespace nodemm {
namespace {

constexpr std::uint64_t kDefaultCapacityBytes = std::uint64_t{1} << 40;
// From a few pages on, a system call costs less than their faults; it costs little more where they need none.
constexpr std::uint64_t kWrittenBytes = std::uint64_t{16} << 10;
// Of many copies, whose pages are most often those that a sync has made clean: each would fault, and be written back
// with all that lies in the same piece of the cache.
constexpr std::uint64_t kWrittenManyBytes = std::uint64_t{4} << 10;

const char* name_of(Granularity granularity) {
  switch (granularity) {
    case Granularity::byte:
      return "byte";
    case Granularity::cache_line:
      return "cache-line";
    default:
      return "page";
  }
}

}  // namespace

Result<std::shared_ptr<Region>> Region::open(const Request& request) {
  Result<Instructions> instructions = choose_instructions(request.instructions);
  if (!instructions.ok()) return instructions.failure();
  Result<Source> opened = Source::open(request.source);
  if (!opened.ok()) return opened.failure();
  const std::uint64_t length = opened.value().length();
  const bool fixed = opened.value().fixed();
  const bool exact = request.capacity != 0 && !fixed;
  if (request.capacity != 0 && request.capacity < length) {
    return Failure{Status::capacity, 0, "capacity", {}, length, request.capacity};
  }
  const std::uint64_t roomy = fixed ? length : std::max(kDefaultCapacityBytes, length);
  const std::uint64_t wanted = exact ? request.capacity : roomy;
  const bool direct =
      opened.value().kind() == SourceKind::dax_device || Mapping::grants_sync(opened.value().descriptor());
  Result<std::unique_ptr<Mapping>> reserved =
      Mapping::reserve(wanted, length, exact, opened.value().unit(), Mapping::alignment_for(length, direct));
  if (!reserved.ok()) return reserved.failure();
  std::shared_ptr<Region> region(
      new Region(std::move(opened.value()), std::move(reserved.value()), instructions.value()));
  if (exact) region->capacity_ = request.capacity;
  if (Result<> chosen = region->choose(request, direct); !chosen.ok()) return chosen.failure();
  if (Result<> mapped = region->mapping_->extend(region->source_->descriptor(), length, region->sharing_);
      !mapped.ok()) {
    return mapped.failure();
  }
  if (Result<> guarded = region->guard_.watch(*region->mapping_, region->source_->descriptor(), &region->blocked_);
      !guarded.ok()) {
    return guarded.failure();
  }
  if (!region->source_->read_only()) region->large_.extend(length);
  if (region->kind_ == SourceKind::dax_device && region->granularity_ == Granularity::cache_line) {
    // As the sync of an existing file: what a killed process stored but never flushed is read as valid from now on.
    region->start_flush_(*region, 0, length);
    region->instructions_.fence();
  }
  if (Result<> published = region->source_->publish(); !published.ok()) return published.failure();
  region->durability_ = state_durability(*region->source_, region->granularity_, direct);
  return region;
}

Region::Region(Source source, std::unique_ptr<Mapping> mapping, const Instructions& instructions)
    : source_(std::move(source)),
      mapping_(std::move(mapping)),
      instructions_(instructions),
      length_(source_->length()),
      capacity_(mapping_->capacity()),
      created_(source_->created()),
      kind_(source_->kind()),
      persistence_domain_(source_->persistence_domain()) {
  if (source_->read_only()) blocked_.store(Status::read_only);
}

Region::~Region() { close(); }

Result<> Region::choose(const Request& request, bool direct) {
  const Granularity flushed = instructions_.flush != nullptr ? Granularity::cache_line : Granularity::page;
  const bool caches_kept = persistence_domain_ == PersistenceDomain::cpu_cache;
  const Granularity real = !direct ? Granularity::page : caches_kept ? Granularity::byte : flushed;
  granularity_ = request.forced.value_or(real);
  if (request.demanded && granularity_ > *request.demanded) {
    std::string reason = request.forced ? "the environment or an option forces " + std::string(name_of(granularity_))
                         : instructions_.flush == nullptr
                             ? "this processor cannot write cache lines back to persistent memory"
                         : direct ? "the processor's caches are not known to be protected against power failure"
                                  : "the file is not on a persistent-memory file system: the kernel refuses MAP_SYNC";
    return Failure{Status::granularity, 0, name_of(granularity_), std::move(reason)};
  }
  if (granularity_ == Granularity::cache_line && instructions_.flush == nullptr) {
    return Failure{Status::unsupported, 0, "flush", "this processor has no instruction that writes cache lines back"};
  }
  if (granularity_ == Granularity::page && kind_ == SourceKind::dax_device) {
    return Failure{Status::unsupported, 0, "page sync"};
  }
  if (granularity_ != Granularity::page) {
    start_flush_ = flush_no_lines;
    finish_flush_ = drain_lines;
  } else if (!direct && !source_->read_only() && os::writes_well(source_->descriptor())) {
    written_bytes_ = kWrittenBytes;
    written_many_bytes_ = kWrittenManyBytes;
    written_pages_.watch(length());
  }
  LargeRanges::Request large{nullptr, request.proc_root, request.large_persist};
  if (granularity_ == Granularity::cache_line) {
    start_flush_ = flush_lines;
    flush_ends_ = large.flush = instructions_.flush;
  }
  large_.choose(instructions_, std::move(large));
  if (source_->read_only()) {
    // A store through a view must neither reach the file nor fault.
    sharing_ = Sharing::private_copy;
  } else if (direct && kind_ == SourceKind::file && granularity_ != Granularity::page) {
    sharing_ = Sharing::shared_sync;
  }
  return Done{};
}

const char* Region::flush_name() const {
  if (granularity_ == Granularity::page) return "msync";
  return granularity_ == Granularity::byte ? "none" : instructions_.flush_name;
}

Status Region::readable() const {
  // Asked after a read too: the zeros that another thread's fault put in place are told of before they can be read.
  std::atomic_thread_fence(std::memory_order_acquire);
  const Status blocked = writable();
  return blocked == Status::fault || blocked == Status::closed ? blocked : Status::ok;
}

void Region::flush_lines(Region& region, std::uint64_t offset, std::uint64_t length) noexcept {
  const std::byte* address = region.base() + offset;
  if (length >= region.large_.flush_bytes()) return region.large_.flush(address, length);
  region.flush_ends_(address, length);
}

void Region::flush_no_lines(Region&, std::uint64_t, std::uint64_t) noexcept {}

void Region::flush_pages(Region& region, std::uint64_t offset, std::uint64_t length) noexcept {
  if (length == 0) return;
  region.dirty_.begin = std::min(region.dirty_.begin, offset);
  region.dirty_.end = std::max(region.dirty_.end, offset + length);
}

Status Region::drain_lines(Region& region) noexcept {
  region.instructions_.fence();
  return Status::ok;
}

Status Region::drain_pages(Region& region) noexcept {
  if (region.dirty_.end == 0) return Status::ok;
  const Status synced = region.sync(region.dirty_.begin, region.dirty_.end);
  if (synced == Status::ok) region.dirty_ = DirtyRange{};
  return synced;
}

Status Region::sync(std::uint64_t begin, std::uint64_t end) noexcept {
  const std::uint64_t first = begin / page_bytes() * page_bytes();
  const std::uint64_t length = whole_pages(end) - first;
  // Non-temporal stores are unordered until fenced; the kernel must not write the page back before them.
  instructions_.fence();
  const std::lock_guard<std::mutex> alone(syncing_);
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  const int error_number = os::sync_pages(base() + first, length, source_->descriptor());
  if (error_number == 0) return Status::ok;
  // The kernel may have dropped the pages' dirty marks: a second sync would succeed and lie.
  poison(error_number);
  return Status::sync_failed;
}

void Region::poison(int error_number) noexcept {
  sync_error_ = error_number;
  Status expected = Status::ok;
  blocked_.compare_exchange_strong(expected, Status::sync_failed);
}

Status Region::flush(std::uint64_t offset, std::uint64_t length) {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  if (!contains(offset, length)) return Status::out_of_range;
  start_flush_(*this, offset, length);
  return writable();
}

Status Region::flush_many(const double* ranges, std::size_t count) {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  const Area area = this->area();
  if (large_.whole_cache_bytes() != LargeRanges::kNever) {
    const std::uint64_t total = total_length(area, ranges, count);
    if (total == kNoLength) return Status::out_of_range;
    if (total >= large_.whole_cache_bytes() && large_.write_back_all()) return writable();
  }
  for (std::size_t index = 0; index < count; index++) {
    if (granularity_ == Granularity::cache_line)
      index += instructions_.flush_ranges(area, large_.flush_bytes() - 1, ranges + 2 * index, count - index);
    if (index == count) break;
    const Range range = range_at(ranges + 2 * index);
    if (!area.contains(range)) return Status::out_of_range;
    start_flush_(*this, range.offset, range.length);
  }
  return writable();
}

Status Region::drain() {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  return finish_flush_(*this);
}

Status Region::persist(std::uint64_t offset, std::uint64_t length) {
  if (const Status flushed = flush(offset, length); flushed != Status::ok) return flushed;
  return finish_flush_(*this);
}

Status Region::copy(std::uint64_t offset, const std::byte* source, std::uint64_t length) {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  if (!contains(offset, length)) return Status::out_of_range;
  if (length == 0) return Status::ok;
  if (overlap(reinterpret_cast<std::uintptr_t>(base() + offset), reinterpret_cast<std::uintptr_t>(source), length)) {
    return Status::overlap;
  }
  store(offset, source, length, true, written_bytes_);
  if (granularity_ == Granularity::page) flush_pages(*this, offset, length);
  return writable();
}

void Region::store(std::uint64_t offset, const std::byte* source, std::uint64_t length, bool shared,
                   std::uint64_t written_bytes) noexcept {
  if (length >= written_bytes) {
    written_pages_.prepare(source_->descriptor(), offset, length);
    const std::uint64_t written = os::write_file(source_->descriptor(), offset, source, length);
    if (written == length) return;
    offset += written;
    source += written;
    length -= written;
  }
  if (shared && length >= large_.parallel_bytes()) {
    large_.copy(base() + offset, source, length);
  } else {
    instructions_.copy(base() + offset, source, length, flush_ends_);
  }
}

Status Region::copy_within(std::uint64_t target, std::uint64_t source, std::uint64_t length) {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  if (!contains(target, length) || !contains(source, length)) return Status::out_of_range;
  return copy(target, base() + source, length);
}

Status Region::fill(std::uint64_t offset, std::uint64_t length, std::uint8_t byte) {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  if (!contains(offset, length)) return Status::out_of_range;
  if (length >= large_.parallel_bytes()) {
    large_.fill(base() + offset, byte, length);
  } else {
    instructions_.fill(base() + offset, byte, length, flush_ends_);
  }
  if (granularity_ == Granularity::page) flush_pages(*this, offset, length);
  return writable();
}

Status Region::publish(std::uint64_t offset, std::uint64_t word) {
  if (const Status blocked = writable(); blocked != Status::ok) return blocked;
  if (!contains(offset, sizeof word)) return Status::out_of_range;
  if (offset % sizeof word != 0) return Status::unaligned;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  __atomic_store_n(reinterpret_cast<std::uint64_t*>(base() + offset), word, __ATOMIC_RELEASE);
  return writable();
}

Status Region::read_safely(std::uint64_t offset, std::byte* to, std::uint64_t length, std::uint64_t* fault) const {
  if (const Status blocked = readable(); blocked != Status::ok) return blocked;
  if (!contains(offset, length)) return Status::out_of_range;
  if (nodemm::read_safely(to, base() + offset, length, fault)) return readable();
  *fault += offset;
  return Status::unreadable;
}

Status Region::crc32c(std::uint64_t offset, std::uint64_t length, std::uint32_t initial, std::uint32_t* sum) {
  if (const Status blocked = readable(); blocked != Status::ok) return blocked;
  if (!contains(offset, length)) return Status::out_of_range;
  const std::byte* from = base() + offset;
  *sum = length >= large_.parallel_bytes() ? large_.crc32c(initial, from, length)
                                           : instructions_.crc32c(initial, from, length);
  return readable();
}

Status Region::deep_flush(std::uint64_t offset, std::uint64_t length) {
  if (const Status persisted = persist(offset, length); persisted != Status::ok) return persisted;
  // The device driver's own write queues are emptied by a sync, on DAX too.
  if (kind_ == SourceKind::dax_device) return Status::unsupported;
  if (length == 0 || granularity_ == Granularity::page) return Status::ok;
  return sync(offset, offset + length);
}

Result<> Region::grow(std::uint64_t length, const Stop& stop) {
  const std::lock_guard<std::mutex> alone(growing_);
  if (const Status blocked = writable(); blocked != Status::ok) return Failure{blocked, sync_error_, "grow"};
  const std::uint64_t before = this->length();
  if (length <= before) return Done{};
  if (length > capacity_) {
    return Failure{Status::capacity, 0, source_->fixed() ? "device" : "grow", {}, length, capacity_};
  }
  const auto give_up = [&] { return stop() || writable() == Status::closed; };
  if (Result<> grown = source_->grow(length, give_up); !grown.ok()) return grown;
  if (Result<> mapped = mapping_->extend(source_->descriptor(), length, sharing_); !mapped.ok()) {
    source_->shrink(before);
    return mapped;
  }
  if (Result<> synced = sync_growth(); !synced.ok()) {
    // After a failed sync nothing more is changed.
    if (synced.failure().status != Status::sync_failed) source_->shrink(before);
    return synced;
  }
  guard_.extend(mapping_->mapped());
  large_.extend(length);
  length_.store(length);
  return Done{};
}

Result<> Region::sync_growth() {
  const std::lock_guard<std::mutex> alone(syncing_);
  if (const Status blocked = writable(); blocked != Status::ok) return Failure{blocked, sync_error_, "grow"};
  Result<> synced = source_->sync();
  if (!synced.ok()) poison(synced.failure().error_number);
  return synced;
}

void Region::close() {
  if (!source_) return;
  // First, so that what is at work finds it after its present piece.
  begin_close();
  pins_.close();
  mapping_->retire();
  guard_.release();
  source_.reset();
  length_.store(0);
}

}  // namespace nodemm
