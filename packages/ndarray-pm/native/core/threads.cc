#include "threads.h"

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

// Starting a thread takes some tens of microseconds; this much memory takes several times that.
constexpr std::size_t kBytesForThread = std::size_t{4} << 20;
// More do not make memory faster.
constexpr unsigned kMostThreads = 8;

constexpr std::size_t kStackBytes = std::size_t{1} << 20;

std::atomic<unsigned> limit{0};

struct Task {
  void (*part)(void* context, unsigned index) noexcept;
  void* context;
  unsigned index;
};

void* run(void* task) {
  const Task& own = *static_cast<Task*>(task);
  own.part(own.context, own.index);
  return nullptr;
}

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

}  // namespace

unsigned threads_for(std::size_t bytes) noexcept {
  if (bytes < 2 * kBytesForThread) return 1;
  const unsigned most = limit.load(std::memory_order_relaxed);
  const unsigned wanted = static_cast<unsigned>(std::min<std::size_t>(bytes / kBytesForThread, kMostThreads));
  return std::max(1u, std::min(wanted, most == 0 ? usable_processors() : most));
}

void limit_threads(unsigned most) noexcept { limit.store(most, std::memory_order_relaxed); }

void in_parallel(unsigned count, void (*part)(void* context, unsigned index) noexcept, void* context) noexcept {
  pthread_t threads[kMostThreads];
  Task tasks[kMostThreads];
  unsigned started = 0;
  {
    // The runtime's handlers run on the runtime's threads; what a thread's own instruction raises stays its own.
    sigset_t all, before;
    sigfillset(&all);
    for (const int own : {SIGBUS, SIGSEGV, SIGILL, SIGFPE, SIGTRAP}) sigdelset(&all, own);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    // Some C libraries give a thread less than the buffers of a loop take.
    pthread_attr_t attributes;
    const bool has_attributes = pthread_attr_init(&attributes) == 0;
    if (has_attributes) pthread_attr_setstacksize(&attributes, kStackBytes);
    while (has_attributes && started + 1 < std::min(count, kMostThreads)) {
      tasks[started] = {part, context, started + 1};
      if (pthread_create(&threads[started], &attributes, run, &tasks[started]) != 0) break;
      started++;
    }
    if (has_attributes) pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  if (count > 0) part(context, 0);
  for (unsigned index = started + 1; index < count; index++) part(context, index);
  for (unsigned index = 0; index < started; index++) pthread_join(threads[index], nullptr);
}

}  // namespace nodemm
