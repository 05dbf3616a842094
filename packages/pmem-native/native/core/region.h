// A mapped file and the verbs on it: flush, drain, persist, copy, fill, publish, checksum, grow.
//
// Invariants: every verb checks its range against the present length before it forms an address. What flushing means
// (line instructions, nothing, or a page sync) is chosen at opening and reached through pointers. A failed sync or a
// memory fault is remembered for ever and returned by every verb that would write. Verbs are for one thread at a time:
// the one whose environment opened the region; who has it pinned may use `run_piece` and `grow` on any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "advice.h"
#include "bus_fault.h"
#include "granularity.h"
#include "instructions.h"
#include "large_ranges.h"
#include "mapping.h"
#include "pins.h"
#include "ranges.h"
#include "source.h"
#include "status.h"
#include "written_pages.h"

namespace nodemm {

class Region {
 public:
  struct Request {
    Source::Request source;
    // The coarsest granularity that the caller accepts; refused with the reason where it cannot be had.
    std::optional<Granularity> demanded;
    // For tests and emulation: behave so, whatever the file is. The durability statement stays true.
    std::optional<Granularity> forced;
    // Bytes of address space; 0 for the default, which yields where the system refuses it.
    std::uint64_t capacity = 0;
    // For tests: instructions other than the best, and how long ranges are treated.
    InstructionNames instructions;
    std::optional<LargePersist> large_persist;
    // Where the kernel shows its processes and modules; another tree in tests.
    std::string proc_root = "/proc";
  };

  static Result<std::shared_ptr<Region>> open(const Request& request);
  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  [[nodiscard]] std::byte* base() const { return mapping_->base(); }
  [[nodiscard]] std::uint64_t length() const { return length_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }
  [[nodiscard]] Granularity granularity() const { return granularity_; }
  [[nodiscard]] const Durability& durability() const { return durability_; }
  [[nodiscard]] bool created() const { return created_; }
  // While the region is open.
  [[nodiscard]] const Source& source() const { return *source_; }
  [[nodiscard]] SourceKind kind() const { return kind_; }
  [[nodiscard]] PersistenceDomain persistence_domain() const { return persistence_domain_; }
  // What really happens on this region: "msync" where pages are synced, "none" where nothing is flushed.
  [[nodiscard]] const char* flush_name() const;
  [[nodiscard]] const Instructions& instructions() const { return instructions_; }
  [[nodiscard]] const LargeRanges& large_ranges() const { return large_; }

  [[nodiscard]] Area area() const { return {base(), length()}; }
  [[nodiscard]] bool contains(std::uint64_t offset, std::uint64_t length) const {
    return area().contains({offset, length});
  }
  // What forbids reading (a fault, or being closed) and, more, writing.
  Status readable() const;
  Status writable() const { return blocked_.load(std::memory_order_relaxed); }
  // Of a failed sync: what the system answered. Of a fault: where.
  [[nodiscard]] int sync_error() const { return sync_error_; }
  [[nodiscard]] std::uint64_t fault_offset() const { return guard_.fault_offset(); }

  Status flush(std::uint64_t offset, std::uint64_t length);
  Status drain();
  Status persist(std::uint64_t offset, std::uint64_t length);
  // `count` ranges, offset and length in turn. Each is read, checked and flushed before the next is looked at; those
  // before a bad one are flushed.
  Status flush_many(const double* ranges, std::size_t count);
  // `source` may lie inside the region, apart from the target.
  Status copy(std::uint64_t offset, const std::byte* source, std::uint64_t length);
  struct Copy {
    std::uint64_t offset;
    const std::byte* source;
    std::uint64_t length;
  };
  // `copy` of each, by several threads if they are long together. All are checked before anything is stored.
  Status copy_many(const std::vector<Copy>& copies);
  Status copy_within(std::uint64_t target, std::uint64_t source, std::uint64_t length);
  // And the CRC-32C of the bytes, continued from `initial`.
  Status copy_within_summed(std::uint64_t target, std::uint64_t source, std::uint64_t length, std::uint32_t initial,
                            std::uint32_t* sum);
  // Copies `source` behind `head`, whose first four bytes become the CRC-32C, continued from `initial`, of all that
  // follows them. Durable on return.
  Status persist_record(Range head, Range source, std::uint32_t initial);
  Status fill(std::uint64_t offset, std::uint64_t length, std::uint8_t byte);
  Status publish(std::uint64_t offset, std::uint64_t word);
  // Copies out. `unreadable`, with the region's offset in `fault`, where a byte cannot be read: nothing is replaced,
  // and the region goes on.
  Status read_safely(std::uint64_t offset, std::byte* to, std::uint64_t length, std::uint64_t* fault) const;
  Status crc32c(std::uint64_t offset, std::uint64_t length, std::uint32_t initial, std::uint32_t* sum);
  // `persist`, and a sync of the pages below it. unsupported on a DAX device, which has none.
  Status deep_flush(std::uint64_t offset, std::uint64_t length);
  // Hints about whole pages. Of what the system refuses, the errno value.
  Result<> prefault(std::uint64_t offset, std::uint64_t length);
  Result<> advise(Advice advice, std::uint64_t offset, std::uint64_t length);
  // On any thread that has pinned the region, one growth at a time. On failure, `stopped` included, nothing has
  // changed.
  Result<> grow(std::uint64_t length, const Stop& stop = never);

  // Part of an operation that runs on another thread.
  struct Piece {
    enum class Verb : std::int32_t {
      persist = 0,
      copy = 1,
      copy_summed = 2,
      fill = 3,
      deep_flush = 4,
      prefault = 5,
      advise = 6,
      crc32c = 7,
      read = 8,
      crc32c_of = 9
    };
    Verb verb = Verb::persist;
    std::uint8_t byte = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    // Of a copy, summed or not, and of crc32c_of, whose range is of this memory alone.
    const std::byte* source = nullptr;
    // Of a read.
    std::byte* target = nullptr;
    // Of sums and a summed copy the sum before and after; of a read that failed the offset that cannot be read.
    std::uint64_t figure = 0;
    // Of `system`.
    int error_number = 0;
    Advice advice = Advice::normal;
  };
  // What forbids beginning with it. On the region's own thread.
  Status check(const Piece& piece) const;
  // Keeps `close` waiting until `unpin`; false once the region is closed. On any thread.
  bool pin() noexcept { return pins_.pin(); }
  void unpin() noexcept { pins_.unpin(); }
  // Does the piece, of a range that `check` passed; what it stores is durable then. On the thread that has pinned the
  // region: a fence completes the stores of its own thread only.
  Status run_piece(Piece& piece) noexcept;
  // Makes ranges durable that lie inside, with one fence or sync. On the thread that has pinned the region.
  Status persist_ranges(const Range* ranges, std::size_t count) noexcept;
  // The stores of one of many copies, of a range that `check` passed. On the region's thread, or while that waits.
  Status store_piece(std::uint64_t offset, const std::byte* source, std::uint64_t length) noexcept;
  // The two halves of a copy: the stores, of a range that `check` passed and memory that may go meanwhile
  // (`lost_source` then), and what makes those of this thread durable; at page granularity, those of any thread in this
  // range. On the thread that has pinned the region.
  Status store_lent_piece(std::uint64_t offset, const std::byte* source, std::uint64_t length) noexcept;
  Status settle_piece(std::uint64_t offset, std::uint64_t length) noexcept;

  // Lets what is pinned end after its piece, and keeps verbs from writing. `close` is still to come.
  void begin_close() noexcept { blocked_.store(Status::closed); }
  // Waits for what is pinned. Unlocks and lets go of the file. Addresses into the region stay harmless (private zero
  // pages) until destruction.
  void close();

 private:
  // Pages flushed since the last drain, as one range: one system call makes them all durable.
  struct DirtyRange {
    std::uint64_t begin = UINT64_MAX;
    std::uint64_t end = 0;
  };
  using StartFlush = void (*)(Region& region, std::uint64_t offset, std::uint64_t length) noexcept;
  using FinishFlush = Status (*)(Region& region) noexcept;

  Region(Source source, std::unique_ptr<Mapping> mapping, const Instructions& instructions);
  // `direct`: a store reaches the medium itself, by a DAX device or because the kernel grants MAP_SYNC.
  Result<> choose(const Request& request, bool direct);

  static void flush_lines(Region& region, std::uint64_t offset, std::uint64_t length) noexcept;
  static void flush_no_lines(Region& region, std::uint64_t offset, std::uint64_t length) noexcept;
  static void flush_pages(Region& region, std::uint64_t offset, std::uint64_t length) noexcept;
  static Status drain_lines(Region& region) noexcept;
  static Status drain_pages(Region& region) noexcept;
  Status persist_piece(Piece& piece) noexcept;
  Status sum_lent_piece(Piece& piece) noexcept;
  // The stores of a copy into a range that has been checked; by several threads, if it is long and may be `shared`; by
  // a write to the file instead, if it has `written_bytes`.
  void store(std::uint64_t offset, const std::byte* source, std::uint64_t length, bool shared,
             std::uint64_t written_bytes) noexcept;
  // The same, and the CRC-32C continued from `initial`.
  std::uint32_t store_summed(std::uint64_t offset, const std::byte* source, std::uint64_t length, std::uint32_t initial,
                             bool shared) noexcept;
  // One sync of the pages of [begin, end). On any thread.
  Status sync(std::uint64_t begin, std::uint64_t end) noexcept;
  // The same of a file that has grown.
  Result<> sync_growth();
  void poison(int error_number) noexcept;

  std::optional<Source> source_;
  std::unique_ptr<Mapping> mapping_;
  const Instructions instructions_;
  LargeRanges large_;
  StartFlush start_flush_ = flush_pages;
  FinishFlush finish_flush_ = drain_pages;
  // Given to the copy kernels for their ragged ends.
  FlushLines flush_ends_ = flush_nothing;
  // The length from which a copy is written to the file instead of stored in its pages.
  std::uint64_t written_bytes_ = LargeRanges::kNever;
  // The same of one of many copies, and of one on another thread.
  std::uint64_t written_many_bytes_ = LargeRanges::kNever;
  WrittenPages written_pages_;
  Sharing sharing_ = Sharing::shared;
  Granularity granularity_ = Granularity::page;
  Durability durability_;
  // Another thread may lengthen the region.
  std::atomic<std::uint64_t> length_;
  std::uint64_t capacity_;
  bool created_;
  SourceKind kind_;
  PersistenceDomain persistence_domain_;
  DirtyRange dirty_;
  std::atomic<int> sync_error_ = 0;
  // One sync at a time, of pages or of the grown file: the kernel tells of an error once, so whoever comes second must
  // find the region poisoned.
  std::mutex syncing_;
  std::mutex growing_;
  Pins pins_;
  // ok, or what every writing verb returns: read_only, sync_failed, fault, closed. The fault handler writes it too.
  std::atomic<Status> blocked_{Status::ok};
  BusFaultGuard guard_;
};

}  // namespace nodemm
