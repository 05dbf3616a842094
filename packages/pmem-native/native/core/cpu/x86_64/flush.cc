#include "flush.h"

#include <immintrin.h>

namespace nodemm::x86_64 {
namespace {

constexpr std::uintptr_t kLineBytes = 64;

std::uintptr_t first_line(const std::byte* address) noexcept {
  return reinterpret_cast<std::uintptr_t>(address) & ~(kLineBytes - 1);
}

}  // namespace

__attribute__((target("clwb"))) void flush_clwb(const std::byte* address, std::size_t length) noexcept {
  if (length == 0) return;
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(address) + length;
  for (std::uintptr_t line = first_line(address); line < end; line += kLineBytes) {
    _mm_clwb(reinterpret_cast<void*>(line));
  }
}

__attribute__((target("clflushopt"))) void flush_clflushopt(const std::byte* address, std::size_t length) noexcept {
  if (length == 0) return;
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(address) + length;
  for (std::uintptr_t line = first_line(address); line < end; line += kLineBytes) {
    _mm_clflushopt(reinterpret_cast<void*>(line));
  }
}

void flush_clflush(const std::byte* address, std::size_t length) noexcept {
  if (length == 0) return;
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(address) + length;
  for (std::uintptr_t line = first_line(address); line < end; line += kLineBytes) {
    _mm_clflush(reinterpret_cast<void*>(line));
  }
}

void fence() noexcept { _mm_sfence(); }

}  // namespace nodemm::x86_64
