// How ranges of many megabytes are written back, stored and summed: by the whole-cache write-back, by several threads,
// or as any other.
//
// Invariants: chosen at mapping, but for one thing: a whole-cache write-back that failed once is not tried again. What
// several threads do is fenced by each of them before it returns, hence durable then (at `page` granularity: in the
// pages).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "instructions.h"
#include "whole_cache.h"

namespace nodemm {

enum class LargePersist : std::int32_t { lines = 0, parallel = 1, whole_cache = 2 };

class LargeRanges {
 public:
  static constexpr std::uint64_t kNever = UINT64_MAX;

  struct Request {
    // Null where nothing is flushed line by line: then only copies and fills are shared among threads.
    FlushLines flush = nullptr;
    std::string proc_root = "/proc";
    // For tests: nothing above this; the whole-cache write-back, where it is found, from the first byte on.
    std::optional<LargePersist> forced;
  };

  // Once, before anything else.
  void choose(const Instructions& instructions, Request request);
  // Of a region that has this length now: the whole-cache write-back is looked for when it may be of use. May write
  // back.
  void extend(std::uint64_t length);

  // The length from which copies, fills and sums are shared among threads.
  [[nodiscard]] std::uint64_t parallel_bytes() const { return parallel_bytes_; }
  [[nodiscard]] std::uint64_t whole_cache_bytes() const { return whole_cache_bytes_.load(std::memory_order_acquire); }
  // The length from which `flush` does otherwise than the instructions would.
  [[nodiscard]] std::uint64_t flush_bytes() const { return flush_bytes_.load(std::memory_order_relaxed); }

  // Each that stores makes its range durable. On any thread.
  void flush(const std::byte* address, std::uint64_t length) noexcept;
  void copy(std::byte* to, const std::byte* from, std::uint64_t length) const noexcept;
  void fill(std::byte* to, std::uint8_t byte, std::uint64_t length) const noexcept;
  // `copy`, and the CRC-32C of what was copied, continued from `initial`.
  std::uint32_t copy_summed(std::byte* to, const std::byte* from, std::uint64_t length,
                            std::uint32_t initial) const noexcept;
  // Has parts of [0, length) done that store, on several threads.
  void share(void (*part)(void* context, std::uint64_t first, std::uint64_t length) noexcept, void* context,
             std::uint64_t length) const noexcept;
  // As `Crc32c`.
  [[nodiscard]] std::uint32_t crc32c(std::uint32_t initial, const std::byte* from, std::uint64_t length) const noexcept;
  // Whether everything that this thread stored before is durable now. After a failure there is no further try. Only
  // where `whole_cache_bytes` was not kNever.
  bool write_back_all() noexcept;

 private:
  void use_whole_cache_from(std::uint64_t bytes) noexcept;

  const Instructions* instructions_ = nullptr;
  Request request_;
  FlushLines flush_ = flush_nothing;
  unsigned threads_ = 1;
  std::uint64_t parallel_bytes_ = kNever;
  std::atomic<std::uint64_t> whole_cache_bytes_{kNever};
  std::atomic<std::uint64_t> flush_bytes_{kNever};
  bool looked_ = false;
  std::unique_ptr<WholeCache> whole_cache_;
};

}  // namespace nodemm
