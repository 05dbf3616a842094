// A fault inside a region does not end the process. When the file under a mapping is truncated by somebody else, or its
// medium fails, the processor raises SIGBUS at the access. The handler marks the region failed, puts zero pages under
// the address and lets the access go on; the region's verbs report it from then on. Addresses that are not in a region
// go to the handler that was there before ours.
//
// The handler runs on the thread that faulted and uses only atomics and system calls.
#pragma once

#include <atomic>
#include <cstdint>

#include "mapping.h"
#include "status.h"

namespace nodemm {

class BusFaultGuard {
 public:
  BusFaultGuard() = default;
  BusFaultGuard(const BusFaultGuard&) = delete;
  BusFaultGuard& operator=(const BusFaultGuard&) = delete;
  ~BusFaultGuard() { release(); }

  // Watches the mapped part until `release`. `blocked` becomes `fault` at the first fault.
  Result<> watch(const Mapping& mapping, int descriptor, std::atomic<Status>* blocked);
  // Watches more of the same mapping.
  void extend(std::uint64_t mapped) noexcept;
  void release() noexcept;

  // Byte offset of the first fault.
  [[nodiscard]] std::uint64_t fault_offset() const noexcept { return fault_offset_.load(); }

 private:
  friend struct BusFaultRegistry;
  struct Entry;

  Entry* entry_ = nullptr;
  std::atomic<std::uint64_t> fault_offset_{0};
};

}  // namespace nodemm
