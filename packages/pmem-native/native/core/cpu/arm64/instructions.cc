// DC CVAC reaches the point of coherency only, which may lose power before the medium: without CVAP (point of
// persistence) or CVADP (deep persistence) this processor is refused line granularity. The fence is DSB, because DMB
// orders cache maintenance but does not wait for it.
#include "../../instructions.h"

#include <cstring>
#include <iterator>

#if defined(__linux__)
#include <sys/auxv.h>
#endif

#include "../flush_lines.h"
#include "../generic/copy.h"
#include "../generic/crc32c.h"
#include "../named.h"

namespace nodemm {
namespace {

#if defined(__linux__)
constexpr unsigned long kHwcapCrc32 = 1ul << 7;
constexpr unsigned long kHwcapDcpop = 1ul << 16;
constexpr unsigned long kHwcap2Dcpodp = 1ul << 0;

std::uintptr_t line_bytes() noexcept {
  static const std::uintptr_t bytes = [] {
    std::uint64_t cache_type;
    asm("mrs %0, ctr_el0" : "=r"(cache_type));
    return std::uintptr_t{4} << ((cache_type >> 16) & 0xf);
  }();
  return bytes;
}

// Written as SYS encodings so that every assembler takes them.
struct Cvap {
  static std::uintptr_t bytes() noexcept { return line_bytes(); }
  static void flush(std::uintptr_t line) noexcept { asm volatile("sys #3, c7, c12, #1, %0" ::"r"(line) : "memory"); }
};

struct Cvadp {
  static std::uintptr_t bytes() noexcept { return line_bytes(); }
  static void flush(std::uintptr_t line) noexcept { asm volatile("sys #3, c7, c13, #1, %0" ::"r"(line) : "memory"); }
};

void flush_cvap(const std::byte* address, std::size_t length) noexcept { flush_lines<Cvap>(address, length); }
void flush_cvadp(const std::byte* address, std::size_t length) noexcept { flush_lines<Cvadp>(address, length); }
#endif

void fence() noexcept { asm volatile("dsb sy" ::: "memory"); }

std::uint32_t crc32c_armv8(std::uint32_t initial, const std::byte* from, std::size_t length) noexcept {
  std::uint32_t remainder = ~initial;
  for (; length >= 8; length -= 8, from += 8) {
    std::uint64_t word;
    std::memcpy(&word, from, 8);
    asm(".arch_extension crc\n\tcrc32cx %w0, %w0, %1" : "+r"(remainder) : "r"(word));
  }
  for (; length > 0; length--, from++) {
    const std::uint32_t byte = static_cast<std::uint32_t>(*from);
    asm(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(remainder) : "r"(byte));
  }
  return ~remainder;
}

struct Flush {
  const char* name;
  bool supported;
  FlushLines flush;
  FlushRanges ranges;
};

}  // namespace

Result<Instructions> choose_instructions(const InstructionNames& names) {
#if defined(__linux__)
  const unsigned long hwcap = getauxval(AT_HWCAP);
  const unsigned long hwcap2 = getauxval(AT_HWCAP2);
  const bool crc32 = (hwcap & kHwcapCrc32) != 0;
  // The best first.
  const Flush flushes[] = {
      {"dc cvadp", (hwcap2 & kHwcap2Dcpodp) != 0, flush_cvadp, flush_ranges<Cvadp>},
      {"dc cvap", (hwcap & kHwcapDcpop) != 0, flush_cvap, flush_ranges<Cvap>},
  };
#else
  // Every Apple processor has the CRC instructions; none gives user space a point of persistence.
  const bool crc32 = true;
  const Flush flushes[] = {{"none", false, nullptr, nullptr}};
#endif
  const Flush* flush = find_named(std::begin(flushes), std::end(flushes), names.flush);
  if (flush == nullptr && !names.flush.empty()) {
    return no_such_instruction(std::begin(flushes), std::end(flushes), "NODEMM_FLUSH");
  }
  if (!names.copy.empty() && names.copy != "memcpy") return Failure{Status::unsupported, 0, "NODEMM_COPY", "memcpy"};
  return Instructions{flush == nullptr ? nullptr : flush->flush,
                      flush == nullptr ? nullptr : flush->ranges,
                      fence,
                      generic::copy,
                      generic::fill,
                      crc32 ? crc32c_armv8 : generic::crc32c,
                      nullptr,
                      flush == nullptr ? "none" : flush->name,
                      "memcpy",
                      crc32 ? "armv8-crc" : "table"};
}

}  // namespace nodemm
