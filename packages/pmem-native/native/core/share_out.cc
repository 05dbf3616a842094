#include "share_out.h"

#include <pthread.h>
#include <signal.h>
#if defined(__linux__)
#include <sched.h>
#else
#include <unistd.h>
#endif

#include <algorithm>
#include <atomic>

#include "os/older_libraries.h"

namespace nodemm {
namespace {

// So that whoever is held up by the scheduler delays the end by one part only, and a part is worth fetching.
constexpr std::uint64_t kPartBytes = std::uint64_t{1} << 20;
constexpr unsigned kMostThreads = 16;

struct Shared {
  const SharedWork* work;
  // From the range's beginning back to a multiple of a part.
  std::uint64_t skew;
  std::uint64_t length;
  std::atomic<std::uint64_t> next{0};
};

void take_parts(Shared& shared) noexcept {
  for (;;) {
    const std::uint64_t begin = shared.next.fetch_add(kPartBytes, std::memory_order_relaxed);
    if (begin >= shared.skew + shared.length) break;
    const std::uint64_t first = begin < shared.skew ? 0 : begin - shared.skew;
    const std::uint64_t end = std::min(begin + kPartBytes - shared.skew, shared.length);
    shared.work->part(shared.work->context, first, end - first);
  }
  shared.work->leave();
}

void* run(void* shared) {
  take_parts(*static_cast<Shared*>(shared));
  return nullptr;
}

// The runtime's handlers run on the runtime's threads; what a thread's own instruction raises stays its own.
class SignalsHeld {
 public:
  SignalsHeld() noexcept {
    sigset_t all;
    sigfillset(&all);
    for (const int own : {SIGBUS, SIGSEGV, SIGILL, SIGFPE, SIGTRAP}) sigdelset(&all, own);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

unsigned usable_processors() noexcept {
#if defined(__linux__)
  cpu_set_t usable;
  // Fails on machines with more processors than the set holds: then there are more than enough.
  return sched_getaffinity(0, sizeof usable, &usable) == 0 ? static_cast<unsigned>(CPU_COUNT(&usable)) : kMostThreads;
#else
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<unsigned>(online) : 1;
#endif
}

void share_out(const SharedWork& work, const std::byte* address, std::uint64_t length, unsigned threads) noexcept {
  Shared shared{&work, reinterpret_cast<std::uintptr_t>(address) % kPartBytes, length};
  pthread_t others[kMostThreads];
  unsigned started = 0;
  {
    const SignalsHeld held;
    while (started + 1 < std::min(threads, kMostThreads)) {
      if (pthread_create(&others[started], nullptr, run, &shared) != 0) break;
      started++;
    }
  }
  take_parts(shared);
  for (unsigned index = 0; index < started; index++) pthread_join(others[index], nullptr);
}

}  // namespace nodemm
