#include <pthread.h>
#include <setjmp.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>

#include "../safe_read.h"

namespace nodemm {
namespace {

// What is being read, and by whom. Plain statics rather than the thread's own: the handler runs on threads that never
// read, where first use of a thread's own variable may allocate.
std::mutex one_at_a_time;
sigjmp_buf escape;
std::atomic<pthread_t> reader;
std::atomic<std::uintptr_t> begin{0};
std::atomic<std::size_t> bytes{0};
std::atomic<std::uintptr_t> faulted{0};

// Whether all of it could be copied; the signal mask comes back too, because a system may block the signal while its
// handler runs.
template <typename Copy>
bool copied(const std::byte* from, std::size_t length, Copy copy) {
  bytes.store(length);
  if (sigsetjmp(escape, 1) != 0) {
    begin.store(0);
    return false;
  }
  begin.store(reinterpret_cast<std::uintptr_t>(from));
  copy();
  // The copy may not be moved past this store.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  begin.store(0);
  return true;
}

}  // namespace

bool read_safely(std::byte* to, const std::byte* from, std::size_t length, std::uint64_t* fault_offset) {
  const std::lock_guard<std::mutex> hold(one_at_a_time);
  reader.store(pthread_self());
  if (copied(from, length, [&] { std::memcpy(to, from, length); })) return true;
  *fault_offset = faulted.load() - reinterpret_cast<std::uintptr_t>(from);
  // A copy may load the end before the beginning, so what failed need not be the first that cannot be read. Reading
  // what lies before it, byte by byte in order, finds that one.
  const auto before = static_cast<std::size_t>(*fault_offset);
  const bool all_read = copied(from, before, [&] {
    for (std::size_t at = 0; at < before; at++) {
      *const_cast<volatile std::byte*>(to) = *const_cast<const volatile std::byte*>(from + at);
    }
  });
  if (!all_read) *fault_offset = faulted.load() - reinterpret_cast<std::uintptr_t>(from);
  return false;
}

void escape_safe_read(std::uintptr_t address, std::uintptr_t extent) noexcept {
  const std::uintptr_t first = begin.load();
  const std::uintptr_t last = first + bytes.load() - 1;
  const std::uintptr_t gone = address & ~(extent - 1);
  if (first == 0 || last < gone || gone + (extent - 1) < first) return;
  if (pthread_equal(reader.load(), pthread_self()) == 0) return;
  faulted.store(std::clamp(address, first, last));
  siglongjmp(escape, 1);
}

}  // namespace nodemm
