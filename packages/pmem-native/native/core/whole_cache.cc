#include "whole_cache.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstdio>

namespace nodemm {
namespace {

// As much as an answer can be; the module refuses less.
constexpr std::size_t kAnswerBytes = 64;

}  // namespace

std::unique_ptr<WholeCache> WholeCache::find(const std::string& proc_root) {
  // A pipe in its place must not make anybody wait.
  Descriptor file(::open((proc_root + "/wbinvd").c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.valid()) return nullptr;
  std::unique_ptr<WholeCache> found(new WholeCache(std::move(file)));
  const std::uint64_t first = found->count_one();
  if (first == 0) return nullptr;
  found->completed_.store(first);
  const auto begin = std::chrono::steady_clock::now();
  if (!found->write_back()) return nullptr;
  found->seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return found;
}

bool WholeCache::write_back() noexcept {
  std::uint64_t highest = completed_.load();
  // Only a count above what was known before the read speaks of this write-back.
  const std::uint64_t counted = count_one();
  if (counted <= highest) return false;
  while (counted > highest && !completed_.compare_exchange_weak(highest, counted)) {
  }
  return true;
}

std::uint64_t WholeCache::count_one() const noexcept {
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  char answer[kAnswerBytes + 1] = {};
  ssize_t length = 0;
  do {
    length = pread(file_.get(), answer, kAnswerBytes, 0);
  } while (length < 0 && errno == EINTR);
  if (length <= 0) return 0;
  std::uint64_t completed = 0;
  unsigned processors = 0;
  int end = 0;
  const int fields = std::sscanf(answer, "completed %" SCNu64 " processors %u\n%n", &completed, &processors, &end);
  if (fields != 2 || end != length) return 0;
  // Fewer than are online: some cache was left out.
  return online > 0 && processors >= static_cast<unsigned long>(online) ? completed : 0;
}

}  // namespace nodemm
