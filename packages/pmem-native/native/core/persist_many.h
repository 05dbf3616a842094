// Many ranges that are made durable on another thread: as many at once as fit into a piece, with one fence or sync.
//
// Invariants: as of `Background`. No part is longer than a piece, unless the whole cache is written back at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "region.h"

namespace nodemm {

class PersistMany {
 public:
  PersistMany(std::shared_ptr<Region> region, std::vector<Range> ranges)
      : region_(std::move(region)), ranges_(std::move(ranges)) {}

  // What forbids starting. On the region's thread.
  [[nodiscard]] Status check() const;
  // On any one thread, once.
  void run() noexcept;
  // Lets the piece in progress be the last. From any thread, at any time.
  void stop() noexcept { stopped_.store(true, std::memory_order_relaxed); }

  // After `run`: ok, stopped, or what the region answered.
  [[nodiscard]] Status status() const { return status_; }
  // How many bytes of the ranges, in their order, are durable.
  [[nodiscard]] std::uint64_t completed_bytes() const { return completed_bytes_; }

 private:
  Status persist_all() noexcept;
  [[nodiscard]] std::uint64_t piece_bytes() const noexcept;

  std::shared_ptr<Region> region_;
  std::vector<Range> ranges_;
  std::atomic<bool> stopped_{false};
  Status status_ = Status::stopped;
  std::uint64_t completed_bytes_ = 0;
};

}  // namespace nodemm
