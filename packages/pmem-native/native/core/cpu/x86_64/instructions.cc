#include "../../instructions.h"

#include <cpuid.h>

#include "../generic/copy.h"
#include "../generic/crc32c.h"
#include "crc32c.h"
#include "flush.h"
#include "stream.h"

namespace nodemm {
namespace {

// CPUID leaf 7, subleaf 0, EBX.
constexpr unsigned kClflushoptBit = 1u << 23;
constexpr unsigned kClwbBit = 1u << 24;

Instructions choose() noexcept {
  Instructions chosen{x86_64::flush_clflush,
                      x86_64::fence,
                      x86_64::copy_sse2,
                      x86_64::fill_sse2,
                      generic::crc32c,
                      "clflush",
                      "sse2",
                      "table"};
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) {
    if ((ebx & kClwbBit) != 0) {
      chosen.flush = x86_64::flush_clwb;
      chosen.flush_name = "clwb";
    } else if ((ebx & kClflushoptBit) != 0) {
      chosen.flush = x86_64::flush_clflushopt;
      chosen.flush_name = "clflushopt";
    }
  }
  // These ask CPUID and whether the operating system saves the registers.
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") != 0) {
    chosen.copy = x86_64::copy_avx512;
    chosen.fill = x86_64::fill_avx512;
    chosen.copy_name = "avx512";
  } else if (__builtin_cpu_supports("avx2") != 0) {
    chosen.copy = x86_64::copy_avx2;
    chosen.fill = x86_64::fill_avx2;
    chosen.copy_name = "avx2";
  }
  if (__builtin_cpu_supports("sse4.2") != 0) {
    chosen.crc32c = x86_64::crc32c_sse42;
    chosen.crc32c_name = "sse4.2";
  }
  return chosen;
}

}  // namespace

const Instructions& best_instructions() noexcept {
  static const Instructions chosen = choose();
  return chosen;
}

}  // namespace nodemm
