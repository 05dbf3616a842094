// Long ranges: shared among threads, or written back with all caches by a stand-in for /proc/wbinvd, whose count this
// test moves, or does not.
#include "../../native/core/large_ranges.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <mutex>
#include <thread>

#include "../../native/core/cpu/generic/copy.h"
#include "../../native/core/cpu/generic/crc32c.h"
#include "../../native/core/share_out.h"
#include "check.h"

namespace {

using nodemm::Instructions;
using nodemm::LargePersist;
using nodemm::LargeRanges;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

// What the instructions were asked to do, by any thread.
struct Recorder {
  std::mutex mutex;
  std::vector<std::pair<const std::byte*, std::size_t>> flushed;
  int unfenced_threads = 0;
  int fences = 0;
  // Run at each fence.
  void (*at_fence)() = nullptr;
};
Recorder recorder;
thread_local bool unfenced = false;

void forget() {
  recorder.flushed.clear();
  recorder.unfenced_threads = recorder.fences = 0;
  recorder.at_fence = nullptr;
  unfenced = false;
}

void record_flush(const std::byte* address, std::size_t length) noexcept {
  const std::lock_guard<std::mutex> hold(recorder.mutex);
  recorder.flushed.emplace_back(address, length);
  if (!unfenced) recorder.unfenced_threads++;
  unfenced = true;
}

void record_fence() noexcept {
  const std::lock_guard<std::mutex> hold(recorder.mutex);
  recorder.fences++;
  if (unfenced) recorder.unfenced_threads--;
  unfenced = false;
  if (recorder.at_fence != nullptr) recorder.at_fence();
}

Instructions recording() {
  Instructions instructions = nodemm::best_instructions();
  instructions.flush = record_flush;
  instructions.fence = record_fence;
  instructions.copy = nodemm::generic::copy;
  instructions.fill = nodemm::generic::fill;
  instructions.copy_summed = nullptr;
  return instructions;
}

// Whether the flushed ranges are [address, address + length) exactly, without overlap.
bool flushed_exactly(const std::byte* address, std::uint64_t length) {
  std::sort(recorder.flushed.begin(), recorder.flushed.end());
  for (const auto& [begin, size] : recorder.flushed) {
    if (begin != address) return false;
    address += size;
    length -= std::min<std::uint64_t>(size, length);
  }
  return length == 0;
}

CLAIM("work is shared out completely, once, cut at lines, and every thread fences what it has flushed") {
  std::vector<std::byte> bytes(5 * kMiB);
  for (const unsigned threads : {1u, 2u, 4u, 99u}) {
    for (const std::uint64_t skew : {0u, 1u, 63u, 4097u}) {
      for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{1}, kMiB, 4 * kMiB + 777}) {
        forget();
        const auto part = [](void* context, std::uint64_t first, std::uint64_t size) noexcept {
          const std::byte* address = static_cast<std::byte*>(context) + first;
          record_flush(address, size);
        };
        nodemm::share_out({part, record_fence, bytes.data() + skew}, bytes.data() + skew, length, threads);
        CHECK(recorder.unfenced_threads == 0);
        CHECK(flushed_exactly(bytes.data() + skew, length));
        for (std::size_t index = 1; index < recorder.flushed.size(); index++) {
          CHECK(reinterpret_cast<std::uintptr_t>(recorder.flushed[index].first) % 64 == 0);
        }
      }
    }
  }
}

CLAIM("more than one thread takes part") {
  static std::mutex mutex;
  static std::vector<std::thread::id> seen;
  std::vector<std::byte> bytes(16 * kMiB);
  // Each waits for the other: it ends only if two are at work together.
  const auto part = [](void*, std::uint64_t, std::uint64_t) noexcept {
    {
      const std::lock_guard<std::mutex> hold(mutex);
      if (std::find(seen.begin(), seen.end(), std::this_thread::get_id()) == seen.end()) {
        seen.push_back(std::this_thread::get_id());
      }
    }
    for (int turn = 0; turn < 1000; turn++) {
      {
        const std::lock_guard<std::mutex> hold(mutex);
        if (seen.size() > 1) return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  };
  nodemm::share_out({part, record_fence, nullptr}, bytes.data(), bytes.size(), 2);
  CHECK(seen.size() == 2);
}

CLAIM("long flushes, copies, fills and sums by several threads do what one would do") {
  const Instructions instructions = recording();
  LargeRanges large;
  large.choose(instructions, {record_flush, "/nonexistent", {}});
  large.extend(std::uint64_t{1} << 40);
  CHECK(large.whole_cache_bytes() == LargeRanges::kNever);
  CHECK((large.parallel_bytes() == LargeRanges::kNever) == (nodemm::usable_processors() == 1));
  CHECK(large.flush_bytes() == large.parallel_bytes());
  const std::uint64_t length = 9 * kMiB + 1234;
  std::vector<std::byte> source(length), target(length + 200, std::byte{0xee});
  for (std::size_t at = 0; at < length; at++) source[at] = static_cast<std::byte>(at * 7 + at / 256);
  std::vector<std::byte> expected = target;
  std::byte* to = target.data() + 65;

  forget();
  large.copy(to, source.data(), length);
  std::copy(source.begin(), source.end(), expected.begin() + 65);
  CHECK(target == expected);
  CHECK(flushed_exactly(to, length) && recorder.unfenced_threads == 0);
  forget();
  large.fill(to, 0x9c, length);
  std::fill_n(expected.begin() + 65, length, std::byte{0x9c});
  CHECK(target == expected);
  CHECK(flushed_exactly(to, length) && recorder.unfenced_threads == 0);
  const auto sum_of = [&](std::uint32_t initial) {
    return nodemm::generic::crc32c(initial, source.data(), source.size());
  };
  for (const std::uint32_t initial : {0u, 1u, 0xdeadbeefu}) {
    forget();
    CHECK(large.crc32c(initial, source.data(), length) == sum_of(initial));
    CHECK(recorder.flushed.empty());
    CHECK(large.copy_summed(to, source.data(), length, initial) == sum_of(initial));
    std::copy(source.begin(), source.end(), expected.begin() + 65);
    CHECK(target == expected);
    CHECK(flushed_exactly(to, length) && recorder.unfenced_threads == 0);
  }
  forget();
  large.flush(to, length);
  CHECK(target == expected);
  CHECK(flushed_exactly(to, length));
  if (large.parallel_bytes() != LargeRanges::kNever) CHECK(recorder.unfenced_threads == 0);
}

CLAIM("where nothing is flushed, no length is") {
  const Instructions instructions = recording();
  LargeRanges large;
  large.choose(instructions, {nullptr, "/proc", {}});
  large.extend(std::uint64_t{1} << 40);
  CHECK(large.flush_bytes() == LargeRanges::kNever && large.whole_cache_bytes() == LargeRanges::kNever);
}

// A file that answers as /proc/wbinvd would after `count` write-backs.
struct StandIn {
  const std::string root = check::fresh_folder();
  const int file = open((root + "/wbinvd").c_str(), O_RDWR | O_CREAT, 0600);

  ~StandIn() { close(file); }
  void answer(const std::string& text) const {
    CHECK(ftruncate(file, 0) == 0);
    CHECK(pwrite(file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  // Of a fixed length, so that a reader finds a whole one.
  void count(std::uint64_t number) const {
    char text[64];
    const int length = std::snprintf(text, sizeof text, "completed %020llu processors 99999\n",
                                     static_cast<unsigned long long>(number));
    CHECK(pwrite(file, text, static_cast<std::size_t>(length), 0) == length);
  }
};

CLAIM("a whole-cache write-back is not believed without a count that goes up, of every processor") {
  const StandIn stand_in;
  for (const char* text : {
           "",
           "completed",
           "completed 1 processors 99999\n",  // stands still
           "completed 1 processors 0\n",
           "completed 0 processors 99999\n",
           "completed 1 processors 99999\ncompleted 2 processors 99999\n",
           "CPU caches were written back\n",
       }) {
    stand_in.answer(text);
    CHECK(nodemm::WholeCache::find(stand_in.root) == nullptr);
  }
  CHECK(nodemm::WholeCache::find(stand_in.root + "/missing") == nullptr);
  const std::string folder = check::fresh_folder();
  REQUIRE(mkdir((folder + "/wbinvd").c_str(), 0700) == 0);
  CHECK(nodemm::WholeCache::find(folder) == nullptr);
  const std::string piped = check::fresh_folder();
  REQUIRE(mkfifo((piped + "/wbinvd").c_str(), 0600) == 0);
  CHECK(nodemm::WholeCache::find(piped) == nullptr);
}

// Where `extend` finds the stand-in: its count goes up by itself meanwhile.
void find(const StandIn& stand_in, LargeRanges* large, const Instructions& instructions) {
  std::atomic<bool> found{false};
  std::thread kernel([&] {
    for (std::uint64_t number = 1; !found; number++) {
      stand_in.count(number);
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  });
  // Two reads in one step of the other thread are a count that stands still: look again then.
  for (int turn = 0; turn < 10000 && large->whole_cache_bytes() == LargeRanges::kNever; turn++) {
    large->~LargeRanges();
    new (large) LargeRanges;
    large->choose(instructions, {record_flush, stand_in.root, LargePersist::whole_cache});
    large->extend(64);
  }
  found = true;
  kernel.join();
}

CLAIM(
    "a write-back that is counted is believed, after a fence and without a line flushed; one that fails is not, for "
    "ever") {
  static const StandIn stand_in;
  static std::uint64_t next = std::uint64_t{1} << 40;
  const Instructions instructions = recording();
  LargeRanges large;
  find(stand_in, &large, instructions);
  REQUIRE(large.flush_bytes() == 1 && large.whole_cache_bytes() == 1);
  std::vector<std::byte> bytes(kMiB);

  for (int turn = 0; turn < 3; turn++) {
    forget();
    recorder.at_fence = [] { stand_in.count(next++); };
    large.flush(bytes.data() + 5, 1000);
    CHECK(recorder.flushed.empty() && recorder.fences == 1);
    CHECK(large.whole_cache_bytes() == 1);
  }
  // The count stands still from here on.
  forget();
  large.flush(bytes.data() + 5, 1000);
  CHECK(flushed_exactly(bytes.data() + 5, 1000) && recorder.fences == 1);
  CHECK(large.whole_cache_bytes() == LargeRanges::kNever && large.flush_bytes() == large.parallel_bytes());
  forget();
  recorder.at_fence = [] { stand_in.count(next++); };
  large.flush(bytes.data() + 5, 1000);
  CHECK(flushed_exactly(bytes.data() + 5, 1000) && recorder.fences == 0);
}

CLAIM("the whole-cache write-back is looked for once, when a region is long, unless less is asked for") {
  const StandIn stand_in;
  const Instructions instructions = recording();
  LargeRanges large;
  large.choose(instructions, {record_flush, stand_in.root, {}});
  large.extend(64 * kMiB);
  stand_in.count(1);
  large.extend(1024 * kMiB);
  // It was looked for, and its count stood still.
  stand_in.count(2);
  large.extend(2048 * kMiB);
  CHECK(large.whole_cache_bytes() == LargeRanges::kNever);
  for (const LargePersist forced : {LargePersist::lines, LargePersist::parallel}) {
    LargeRanges without;
    without.choose(instructions, {record_flush, stand_in.root, forced});
    without.extend(1024 * kMiB);
    CHECK(without.whole_cache_bytes() == LargeRanges::kNever);
    CHECK(forced == LargePersist::parallel || without.parallel_bytes() == LargeRanges::kNever);
  }
}

}  // namespace
