// Who is at work on something that may be closed: `close` waits for those, and lets nobody else begin.
//
// POSIX's own condition variable, because the C++ one asks for a newer library than the oldest that Node runs with.
#pragma once

#include <pthread.h>

#include <cstdint>

namespace nodemm {

class Pins {
 public:
  Pins() = default;
  Pins(const Pins&) = delete;
  Pins& operator=(const Pins&) = delete;
  ~Pins() {
    pthread_cond_destroy(&unpinned_);
    pthread_mutex_destroy(&mutex_);
  }

  // False once closed.
  bool pin() noexcept {
    pthread_mutex_lock(&mutex_);
    const bool open = !closed_;
    if (open) count_++;
    pthread_mutex_unlock(&mutex_);
    return open;
  }
  void unpin() noexcept {
    pthread_mutex_lock(&mutex_);
    if (--count_ == 0) pthread_cond_broadcast(&unpinned_);
    pthread_mutex_unlock(&mutex_);
  }
  void close() noexcept {
    pthread_mutex_lock(&mutex_);
    closed_ = true;
    while (count_ != 0) pthread_cond_wait(&unpinned_, &mutex_);
    pthread_mutex_unlock(&mutex_);
  }

 private:
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t unpinned_ = PTHREAD_COND_INITIALIZER;
  std::uint32_t count_ = 0;
  bool closed_ = false;
};

}  // namespace nodemm
