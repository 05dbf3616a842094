// The write-back of everything that all processors' caches hold, by the kernel: /proc/wbinvd, which the module in
// `kmod/` makes.
//
// Invariants: it is used only after it was seen to count a write-back, and each use is believed only when the count has
// gone up. A failure means that nothing is known; the caller flushes lines instead.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "source.h"

namespace nodemm {

class WholeCache {
 public:
  // Null where `proc_root`/wbinvd is absent, forbidden, or not seen to write back. Writes back twice to see it.
  static std::unique_ptr<WholeCache> find(const std::string& proc_root);

  // Whether every line that this thread had modified, or seen modified, is in the persistence domain now. On any
  // thread.
  bool write_back() noexcept;
  // What one took.
  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  explicit WholeCache(Descriptor file) : file_(std::move(file)) {}
  // The count after one more write-back, or 0.
  std::uint64_t count_one() const noexcept;

  Descriptor file_;
  // The highest count seen.
  std::atomic<std::uint64_t> completed_{0};
  double seconds_ = 0;
};

}  // namespace nodemm
