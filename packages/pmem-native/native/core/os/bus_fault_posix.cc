#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <mutex>

#include "../bus_fault.h"
#include "../lent_read.h"
#include "../safe_read.h"
#include "memory.h"

namespace nodemm {

// Entries are never freed, only reused: the handler may be walking the list at any moment.
struct BusFaultGuard::Entry {
  std::atomic<std::uintptr_t> base{0};  // 0: unused
  std::atomic<std::uint64_t> mapped{0};
  std::atomic<std::uint64_t> unit{0};
  std::atomic<int> descriptor{-1};
  std::atomic<std::atomic<Status>*> blocked{nullptr};
  std::atomic<std::atomic<std::uint64_t>*> fault_offset{nullptr};
  Entry* next = nullptr;
};

// A signal, and the handler that was there before ours.
struct Handled {
  int signal;
  bool installed = false;
  struct sigaction previous{};
};

struct BusFaultRegistry {
  using Entry = BusFaultGuard::Entry;

  static inline std::atomic<Entry*> head{nullptr};
  static inline std::mutex changes;
  static inline Handled bus{SIGBUS};
  static inline Handled segment{SIGSEGV};

  // Puts zero pages where the access faulted. True if the address is ours and the access may go on.
  static bool repair(std::uintptr_t address) noexcept {
    for (Entry* entry = head.load(std::memory_order_acquire); entry != nullptr; entry = entry->next) {
      const std::uintptr_t base = entry->base.load(std::memory_order_acquire);
      const std::uint64_t mapped = entry->mapped.load(std::memory_order_relaxed);
      if (base == 0 || address < base || address - base >= mapped) continue;
      // The kernel replaces parts of a DAX device's mapping in units of the device's alignment only.
      const std::uint64_t unit = entry->unit.load(std::memory_order_relaxed);
      const std::uint64_t offset = address - base;
      std::uint64_t begin = offset / unit * unit;
      std::uint64_t end = begin + unit;
      // Of a truncated file everything past its end is gone: replaced at once, or a long loop would leave one mapping
      // a page and run into the limit of mappings.
      struct stat facts;
      if (fstat(entry->descriptor.load(std::memory_order_relaxed), &facts) == 0 && S_ISREG(facts.st_mode)) {
        const std::uint64_t kept = whole_units(static_cast<std::uint64_t>(facts.st_size), unit);
        if (kept <= begin) {
          begin = kept;
          end = mapped;
        }
      }
      // Before the zeros are there, so that a thread that reads them and asks afterwards is told. The first fault is
      // the one reported, again and again; a failed sync, which forbids less, must not hide it.
      std::atomic<Status>* blocked = entry->blocked.load(std::memory_order_relaxed);
      Status before = blocked->load();
      while (before != Status::fault && before != Status::closed) {
        entry->fault_offset.load(std::memory_order_relaxed)->store(offset);
        if (blocked->compare_exchange_weak(before, Status::fault)) break;
      }
      return os::map_zeros_at(reinterpret_cast<std::byte*>(base + begin), end - begin) == 0;
    }
    return false;
  }

  // How many bytes around the address are gone. The kernel names the page of a failed medium rather than the byte that
  // was read.
  static std::uintptr_t extent_of([[maybe_unused]] const siginfo_t& information) noexcept {
#if defined(BUS_MCEERR_AR)
    if (information.si_code == BUS_MCEERR_AR) {
      return std::max<std::uintptr_t>(std::uintptr_t{1} << (information.si_addr_lsb & 63), page_bytes());
    }
#endif
    return 1;
  }

  static void handle(int signal, siginfo_t* information, void* context) noexcept {
    const int saved = errno;
    // Only the kernel's own faults carry an address: a SIGBUS sent by kill() does not.
    const bool at_address = information->si_code > 0;
    const auto address = reinterpret_cast<std::uintptr_t>(information->si_addr);
    const bool in_mapping = at_address && signal == SIGBUS;
    if (in_mapping) escape_safe_read(address, extent_of(*information));
    const bool repaired = in_mapping && repair(address);
    errno = saved;
    if (repaired) return;
    if (at_address) escape_lent_read(address);
    const struct sigaction& previous = signal == SIGBUS ? bus.previous : segment.previous;
    if ((previous.sa_flags & SA_SIGINFO) != 0 && previous.sa_sigaction != nullptr) {
      previous.sa_sigaction(signal, information, context);
    } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
      previous.sa_handler(signal);
    } else if (previous.sa_handler == SIG_DFL || at_address) {
      // As if we were not there: the default action ends the process when the access, or the signal, comes again.
      struct sigaction standard{};
      standard.sa_handler = SIG_DFL;
      sigaction(signal, &standard, nullptr);
      if (!at_address) raise(signal);
    }
  }

  static bool install(Handled& handled) {
    if (handled.installed) return true;
    // The runtime unloads the addon with the last worker that used it; the handler stays.
    os::keep_loaded();
    struct sigaction action{};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    // Known before ours can be called: the engine's traps on other threads are passed on from the first moment.
    handled.installed =
        sigaction(handled.signal, nullptr, &handled.previous) == 0 && sigaction(handled.signal, &action, nullptr) == 0;
    return handled.installed;
  }
};

bool catch_unmapped() noexcept {
  using Registry = BusFaultRegistry;
  const std::lock_guard<std::mutex> hold(Registry::changes);
  return Registry::install(Registry::segment);
}

Result<> BusFaultGuard::watch(const Mapping& mapping, int descriptor, std::atomic<Status>* blocked) {
  using Registry = BusFaultRegistry;
  const std::lock_guard<std::mutex> hold(Registry::changes);
  if (!Registry::install(Registry::bus)) return Failure{Status::system, errno, "sigaction"};
  Entry* entry = Registry::head.load();
  while (entry != nullptr && entry->base.load() != 0) entry = entry->next;
  if (entry == nullptr) {
    // Owned by the list for the life of the process.
    entry = std::make_unique<Entry>().release();
    entry->next = Registry::head.load();
    Registry::head.store(entry, std::memory_order_release);
  }
  entry->mapped.store(mapping.mapped());
  entry->unit.store(mapping.unit());
  entry->descriptor.store(descriptor);
  entry->blocked.store(blocked);
  entry->fault_offset.store(&fault_offset_);
  entry->base.store(reinterpret_cast<std::uintptr_t>(mapping.base()), std::memory_order_release);
  entry_ = entry;
  return Done{};
}

void BusFaultGuard::extend(std::uint64_t mapped) noexcept {
  if (entry_ != nullptr) entry_->mapped.store(mapped);
}

void BusFaultGuard::release() noexcept {
  if (entry_ == nullptr) return;
  const std::lock_guard<std::mutex> hold(BusFaultRegistry::changes);
  entry_->base.store(0);
  entry_ = nullptr;
}

}  // namespace nodemm
