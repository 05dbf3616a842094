#include "../../instructions.h"

#include <cpuid.h>

#include <iterator>
#include <utility>

#include "../generic/copy.h"
#include "../generic/crc32c.h"
#include "../named.h"
#include "copy_summed.h"
#include "crc32c.h"
#include "flush.h"
#include "stream.h"

namespace nodemm {
namespace {

// CPUID leaf 7, subleaf 0.
constexpr unsigned kEbxClflushopt = 1u << 23;
constexpr unsigned kEbxClwb = 1u << 24;
constexpr unsigned kEcxMovdir64b = 1u << 28;

struct Flush {
  const char* name;
  bool supported;
  FlushLines flush;
  FlushRanges ranges;
};

struct Stream {
  const char* name;
  bool supported;
  StreamCopy copy;
  StreamFill fill;
  StreamCopySummed copy_summed;
};

}  // namespace

Result<Instructions> choose_instructions(const InstructionNames& names) {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0) ebx = ecx = 0;
  // These ask CPUID and whether the operating system saves the registers.
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") != 0;
  const bool avx2 = __builtin_cpu_supports("avx2") != 0;
  const bool crc32 = __builtin_cpu_supports("sse4.2") != 0;
  // AMD's processors want the lines one after the other, as avx2 does, Intel's several pages side by side: see
  // docs/native-boundary.md.
  const bool one_stream = __builtin_cpu_is("amd") != 0;

  // The best first.
  const Flush flushes[] = {
      {"clwb", (ebx & kEbxClwb) != 0, x86_64::flush_clwb, x86_64::ranges_clwb},
      {"clflushopt", (ebx & kEbxClflushopt) != 0, x86_64::flush_clflushopt, x86_64::ranges_clflushopt},
      {"clflush", true, x86_64::flush_clflush, x86_64::ranges_clflush},
  };
  Stream streams[] = {
      {"avx512", avx512, x86_64::copy_avx512, x86_64::fill_avx512, crc32 ? x86_64::copy_summed_avx512 : nullptr},
      {"avx2", avx2, x86_64::copy_avx2, x86_64::fill_avx2, nullptr},
      // As fast as those for short copies, a third slower for a megabyte out of the outer cache: see
      // docs/native-boundary.md.
      {"movdir64b", (ecx & kEcxMovdir64b) != 0, x86_64::copy_movdir64b, x86_64::fill_movdir64b, nullptr},
      {"sse2", true, x86_64::copy_sse2, x86_64::fill_sse2, nullptr},
      {"memcpy", true, generic::copy, generic::fill, nullptr},
  };
  if (one_stream) std::swap(streams[0], streams[1]);
  const Flush* flush = find_named(std::begin(flushes), std::end(flushes), names.flush);
  if (flush == nullptr) return no_such_instruction(std::begin(flushes), std::end(flushes), "NODEMM_FLUSH");
  const Stream* stream = find_named(std::begin(streams), std::end(streams), names.copy);
  if (stream == nullptr) return no_such_instruction(std::begin(streams), std::end(streams), "NODEMM_COPY");
  return Instructions{flush->flush,        flush->ranges,
                      x86_64::fence,       stream->copy,
                      stream->fill,        crc32 ? x86_64::crc32c_sse42 : generic::crc32c,
                      stream->copy_summed, flush->name,
                      stream->name,        crc32 ? "sse4.2" : "table"};
}

}  // namespace nodemm
