#include "flush.h"

#include <immintrin.h>

#include "../flush_lines.h"

namespace nodemm::x86_64 {
namespace {

// In words, not by what the compiler calls them: those it inlines only into functions for processors that have them.
template <typename Instruction>
struct Line {
  static constexpr std::uintptr_t bytes() { return 64; }
  static void flush(std::uintptr_t line) noexcept { Instruction::flush(reinterpret_cast<char*>(line)); }
};

struct Clwb {
  static void flush(char* line) noexcept { asm volatile("clwb %0" : "+m"(*line) : : "memory"); }
};

struct Clflushopt {
  static void flush(char* line) noexcept { asm volatile("clflushopt %0" : "+m"(*line) : : "memory"); }
};

struct Clflush {
  static void flush(char* line) noexcept { asm volatile("clflush %0" : "+m"(*line) : : "memory"); }
};

}  // namespace

void flush_clwb(const std::byte* address, std::size_t length) noexcept { flush_lines<Line<Clwb>>(address, length); }

void flush_clflushopt(const std::byte* address, std::size_t length) noexcept {
  flush_lines<Line<Clflushopt>>(address, length);
}

void flush_clflush(const std::byte* address, std::size_t length) noexcept {
  flush_lines<Line<Clflush>>(address, length);
}

std::size_t ranges_clwb(Area area, std::uint64_t longest, const double* ranges, std::size_t count) noexcept {
  return flush_ranges<Line<Clwb>>(area, longest, ranges, count);
}

std::size_t ranges_clflushopt(Area area, std::uint64_t longest, const double* ranges, std::size_t count) noexcept {
  return flush_ranges<Line<Clflushopt>>(area, longest, ranges, count);
}

std::size_t ranges_clflush(Area area, std::uint64_t longest, const double* ranges, std::size_t count) noexcept {
  return flush_ranges<Line<Clflush>>(area, longest, ranges, count);
}

void fence() noexcept { _mm_sfence(); }

}  // namespace nodemm::x86_64
