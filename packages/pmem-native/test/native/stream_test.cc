// Every copy and fill kernel of this architecture, at every alignment: right bytes, nothing beside them, and every byte
// that went through the cache handed to the flush.
#include <algorithm>
#include <cstring>

#include "../../native/core/cpu/generic/copy.h"
#include "../../native/core/instructions.h"
#include "check.h"
#if defined(__x86_64__)
#include "../../native/core/cpu/x86_64/flush.h"
#include "../../native/core/cpu/x86_64/stream.h"
#endif

namespace {

using nodemm::StreamCopy;
using nodemm::StreamFill;

struct Kernel {
  const char* name;
  bool supported;
  StreamCopy copy;
  StreamFill fill;
};

std::vector<Kernel> kernels() {
  std::vector<Kernel> all{{"generic", true, nodemm::generic::copy, nodemm::generic::fill}};
#if defined(__x86_64__)
  __builtin_cpu_init();
  all.push_back({"sse2", true, nodemm::x86_64::copy_sse2, nodemm::x86_64::fill_sse2});
  all.push_back({"avx2", __builtin_cpu_supports("avx2") != 0, nodemm::x86_64::copy_avx2, nodemm::x86_64::fill_avx2});
  all.push_back({"movdir64b", nodemm::choose_instructions({"", "movdir64b"}).ok(), nodemm::x86_64::copy_movdir64b,
                 nodemm::x86_64::fill_movdir64b});
  all.push_back(
      {"avx512", __builtin_cpu_supports("avx512f") != 0, nodemm::x86_64::copy_avx512, nodemm::x86_64::fill_avx512});
#endif
  return all;
}

struct Flushed {
  const std::byte* address;
  std::size_t length;
};
std::vector<Flushed> flushed;
void record_flush(const std::byte* address, std::size_t length) noexcept { flushed.push_back({address, length}); }

constexpr std::size_t kGuard = 256;
constexpr std::size_t kMost = 5000;

// Bytes that were stored but not flushed must be whole lines: those that went past the cache.
bool unflushed_are_whole_lines(const std::byte* to, std::size_t length) {
  std::vector<bool> done(length, false);
  for (const Flushed& range : flushed) {
    if (range.address < to || range.address + range.length > to + length) return false;
    for (std::size_t at = 0; at < range.length; at++) done[static_cast<std::size_t>(range.address - to) + at] = true;
  }
  for (std::size_t at = 0; at < length;) {
    if (done[at]) {
      at++;
      continue;
    }
    if (reinterpret_cast<std::uintptr_t>(to + at) % 64 != 0 || at + 64 > length) return false;
    for (std::size_t byte = 0; byte < 64; byte++) {
      if (done[at + byte]) return false;
    }
    at += 64;
  }
  return true;
}

template <typename Body>
void every_shape(Body body) {
  for (const std::size_t length :
       {0, 1, 7, 8, 63, 64, 65, 127, 255, 256, 257, 319, 320, 511, 512, 513, 1024, 1100, 5000}) {
    for (const std::size_t skew : {0, 1, 8, 31, 32, 63}) body(length, skew);
  }
}

CLAIM("every supported kernel copies exactly its bytes and flushes all that it cached") {
  std::vector<std::byte> source(kMost + 64);
  for (std::size_t at = 0; at < source.size(); at++) source[at] = static_cast<std::byte>(at * 7 + at / 256);
  for (const Kernel& kernel : kernels()) {
    if (!kernel.supported) continue;
    every_shape([&](std::size_t length, std::size_t skew) {
      std::vector<std::byte> target(kMost + 2 * kGuard, std::byte{0xee});
      std::vector<std::byte> expected = target;
      std::byte* to = target.data() + kGuard + skew;
      flushed.clear();
      kernel.copy(to, source.data() + 3, length, record_flush);
      nodemm::best_instructions().fence();
      std::copy_n(source.begin() + 3, length, expected.begin() + static_cast<std::ptrdiff_t>(kGuard + skew));
      CHECK(target == expected);
      CHECK(unflushed_are_whole_lines(to, length));
      if (check::failed()) std::fprintf(stderr, "  %s: %zu bytes, skew %zu\n", kernel.name, length, skew);
    });
  }
}

CLAIM("every supported kernel fills exactly its bytes and flushes all that it cached") {
  for (const Kernel& kernel : kernels()) {
    if (!kernel.supported) continue;
    every_shape([&](std::size_t length, std::size_t skew) {
      std::vector<std::byte> target(kMost + 2 * kGuard, std::byte{0xee});
      std::vector<std::byte> expected = target;
      std::byte* to = target.data() + kGuard + skew;
      flushed.clear();
      kernel.fill(to, 0x9c, length, record_flush);
      nodemm::best_instructions().fence();
      std::fill_n(expected.begin() + static_cast<std::ptrdiff_t>(kGuard + skew), length, std::byte{0x9c});
      CHECK(target == expected);
      CHECK(unflushed_are_whole_lines(to, length));
      if (check::failed()) std::fprintf(stderr, "  %s: %zu bytes, skew %zu\n", kernel.name, length, skew);
    });
  }
}

CLAIM("the chosen kernel is one that this processor supports") {
  const nodemm::Instructions& chosen = nodemm::best_instructions();
  bool found = false;
  for (const Kernel& kernel : kernels())
    found |= kernel.supported && kernel.copy == chosen.copy && kernel.fill == chosen.fill;
  CHECK(found);
}

CLAIM("the names of the chosen instructions are those of the functions that run") {
  const nodemm::Instructions& chosen = nodemm::best_instructions();
  for (const Kernel& kernel : kernels()) {
    if (kernel.copy == chosen.copy)
      CHECK(std::string(chosen.copy_name) == (kernel.name == std::string("generic") ? "memcpy" : kernel.name));
  }
#if defined(__x86_64__)
  using namespace nodemm::x86_64;
  const std::string name = chosen.flush_name;
  CHECK(chosen.flush == (name == "clwb" ? flush_clwb : name == "clflushopt" ? flush_clflushopt : flush_clflush));
  CHECK(name == "clwb" || name == "clflushopt" || name == "clflush");
#endif
}

CLAIM("instructions that are named are chosen, and nothing else changes; others are refused with those there are") {
  const nodemm::Instructions& best = nodemm::best_instructions();
  const nodemm::Result<nodemm::Instructions> cached = nodemm::choose_instructions({"", "memcpy"});
  REQUIRE(cached.ok());
  for (const nodemm::InstructionNames& names : {nodemm::InstructionNames{"", "mmx"}, {"cvac", ""}, {"CLWB", ""}}) {
    nodemm::Result<nodemm::Instructions> refused = nodemm::choose_instructions(names);
    REQUIRE(!refused.ok());
    CHECK(refused.failure().status == nodemm::Status::unsupported);
    CHECK(refused.failure().step == std::string(names.flush.empty() ? "NODEMM_COPY" : "NODEMM_FLUSH"));
    const char* known = names.flush.empty() ? best.copy_name : best.flush_name;
    if (best.flush != nullptr) CHECK(refused.failure().detail.find(known) != std::string::npos);
  }
#if defined(__x86_64__)
  nodemm::Result<nodemm::Instructions> old = nodemm::choose_instructions({"clflush", "sse2"});
  REQUIRE(old.ok());
  CHECK(old.value().flush == nodemm::x86_64::flush_clflush && old.value().copy == nodemm::x86_64::copy_sse2);
  CHECK(old.value().fill == nodemm::x86_64::fill_sse2 && old.value().crc32c == best.crc32c);
#endif
}

CLAIM("flushing leaves every byte as it is, whatever the range") {
  if (nodemm::best_instructions().flush == nullptr) return;
  std::vector<std::byte> bytes(10000, std::byte{0x5a});
  for (const std::size_t offset : {0, 1, 63, 64, 65}) {
    for (const std::size_t length : {0, 1, 63, 64, 65, 4096, 9000}) {
      nodemm::best_instructions().flush(bytes.data() + offset, length);
    }
  }
  nodemm::best_instructions().fence();
  CHECK(bytes == std::vector<std::byte>(10000, std::byte{0x5a}));
}

}  // namespace
