// An operation on a region that runs on another thread: piece by piece, each done, and durable where it stores,
// before the next begins.
//
// Invariants: the range was checked on the region's own thread, and the region does not shrink. While `run` runs the
// region is pinned: `Region::close` waits for the piece in progress and keeps further ones from starting. The fence of
// a piece is made by the thread that stored or flushed it. `source` must stay readable until `run` has returned,
// also where it lies in another region that is closed meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "region.h"

namespace nodemm {

class Background {
 public:
  Background(std::shared_ptr<Region> region, const Region::Piece& whole) : region_(std::move(region)), whole_(whole) {}

  // What forbids starting. On the region's thread.
  Status check() const { return region_->check(whole_); }
  // On any one thread, once.
  void run() noexcept;
  // Lets the piece in progress be the last. From any thread, at any time.
  void stop() noexcept { stopped_.store(true, std::memory_order_relaxed); }

  // After `run`: ok, stopped, or what the region answered.
  Status status() const { return status_; }
  // As of `Region::Piece`.
  [[nodiscard]] std::uint64_t figure() const { return whole_.figure; }
  [[nodiscard]] int error_number() const { return whole_.error_number; }
  // How many bytes from the beginning are done, and durable where they were stored.
  [[nodiscard]] std::uint64_t completed_bytes() const { return completed_bytes_; }

 private:
  Status run_pieces() noexcept;

  std::shared_ptr<Region> region_;
  Region::Piece whole_;
  std::atomic<bool> stopped_{false};
  Status status_ = Status::stopped;
  std::uint64_t completed_bytes_ = 0;
};

}  // namespace nodemm
