// Many copies into a region that run on another thread, one after another, while the region's own thread may take
// pieces over: who is about to change a source first copies what has not been copied of it.
//
// Invariants: as of `Background`; and each piece is copied once. Its claim says by whom: it goes from free to worker to
// done, or from free to caller; both threads take it by compare-and-exchange. A piece is fenced
// before it is done: who has waited for it may store in its place. Nothing is durable before all pieces have been
// taken: then this thread fences, or syncs, what it has stored. What the caller has taken the caller drains.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "region.h"

namespace nodemm {

class CopyMany {
 public:
  using Copy = Region::Copy;
  // The numbers are those of src/copy-claims.ts.
  enum Claim : std::int32_t { free = 0, worker = 1, done = 2, caller = 3 };

  // `claims` has one word for each `piece_bytes` of each copy, in order, and outlives `run`, as the sources do.
  CopyMany(std::shared_ptr<Region> region, std::vector<Copy> copies, std::int32_t* claims, std::uint64_t piece_bytes)
      : region_(std::move(region)), copies_(std::move(copies)), claims_(claims), piece_bytes_(piece_bytes) {}

  // What forbids starting. On the region's thread.
  [[nodiscard]] Status check() const;
  // On any one thread, once.
  void run() noexcept;
  // Lets the piece in progress be the last. From any thread, at any time.
  void stop() noexcept { stopped_.store(true, std::memory_order_relaxed); }

  // After `run`: ok, stopped, or what the region answered.
  [[nodiscard]] Status status() const { return status_; }

 private:
  Status store_all() noexcept;
  Status settle_all() noexcept;
  Status settle(std::uint64_t begin, std::uint64_t end) noexcept;

  std::shared_ptr<Region> region_;
  std::vector<Copy> copies_;
  std::int32_t* claims_;
  std::uint64_t piece_bytes_;
  std::atomic<bool> stopped_{false};
  Status status_ = Status::stopped;
};

}  // namespace nodemm
