#include "../../native/core/lent_read.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <thread>
#include <vector>

#include "../../native/core/region.h"
#include "check.h"
#include "unsynced.h"

namespace {

using nodemm::Region;
using nodemm::Status;

constexpr std::size_t kPages = 512;
constexpr std::size_t kBytes = kPages * 4096;

// Memory of its own, the second half of which is not there.
std::byte* half_memory() {
  void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  std::memset(memory, 7, kBytes / 2);
  munmap(static_cast<std::byte*>(memory) + kBytes / 2, kBytes / 2);
  return static_cast<std::byte*>(memory);
}

std::shared_ptr<Region> make(nodemm::Granularity forced, const std::string& copy) {
  Region::Request request;
  request.source = {check::fresh_folder() + "/file", nodemm::Creation::create, false, kBytes};
  request.forced = forced;
  request.instructions.copy = copy;
  auto opened = Region::open(request);
  return opened.ok() ? opened.value() : nullptr;
}

CLAIM("a source that goes ends its copy, and the region goes on") {
  std::byte* const source = half_memory();
  for (const auto granularity : {nodemm::Granularity::page, unsynced()}) {
    for (const char* copy : {"", "avx512", "avx2", "sse2", "movdir64b"}) {
      const auto region = make(granularity, copy);
      if (region == nullptr) continue;  // This processor has not all of them.
      CHECK(region->store_lent_piece(0, source, kBytes) == Status::lost_source);
      Region::Piece piece;
      piece.verb = Region::Piece::Verb::copy;
      piece.length = kBytes;
      piece.source = source;
      CHECK(region->run_piece(piece) == Status::lost_source);
      piece.length = kBytes / 2;
      CHECK(region->run_piece(piece) == Status::ok);
      CHECK(region->base()[kBytes / 2 - 1] == std::byte{7});
      CHECK(region->persist(0, kBytes) == Status::ok);
    }
  }
  munmap(source, kBytes / 2);
}

CLAIM("threads that read at once are each ended by their own faults alone") {
  std::byte* const source = half_memory();
  std::vector<std::thread> threads;
  std::array<int, 4> wrong{};
  for (std::size_t thread = 0; thread < wrong.size(); thread++) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 200; round++) {
        const bool gone = (thread + static_cast<std::size_t>(round)) % 2 == 0;
        struct Reading {
          const std::byte* bytes;
          std::size_t length;
          unsigned sum;
        } reading{source, gone ? kBytes : kBytes / 2, 0};
        const auto read = [](void* context) noexcept {
          auto& [bytes, length, sum] = *static_cast<Reading*>(context);
          const volatile std::byte* from = bytes;
          for (std::size_t at = 0; at < length; at += 512) sum += std::to_integer<unsigned>(from[at]);
        };
        const bool whole = nodemm::read_lent(reading.bytes, reading.length, read, &reading);
        if (whole == gone || (whole && reading.sum != 7 * kBytes / 1024)) wrong[thread]++;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const int count : wrong) CHECK(count == 0);
  munmap(source, kBytes / 2);
}

// Whether `work` ends a process of its own with the signal.
template <typename Work>
bool dies_of(int signal, Work work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

CLAIM("a fault of anybody else's memory goes to the handler that was there before, or ends the process") {
  std::byte* const source = half_memory();
  const auto touch = [&] { (void)*const_cast<const volatile std::byte*>(source + kBytes / 2); };
  CHECK(dies_of(SIGSEGV, [&] {
    signal(SIGSEGV, SIG_DFL);
    nodemm::catch_unmapped();
    touch();
  }));
  const bool handled = dies_of(SIGUSR1, [&] {
    struct sigaction before{};
    before.sa_handler = [](int) { _exit(raise(SIGUSR1)); };
    sigaction(SIGSEGV, &before, nullptr);
    nodemm::catch_unmapped();
    touch();
  });
  CHECK(handled);
  munmap(source, kBytes / 2);
}

}  // namespace
