#include "kernels.h"

#include <atomic>
#include <cstring>

namespace nodemm {
namespace baseline {
extern const Kernels table;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels table;
}
namespace avx512 {
extern const Kernels table;
}
#endif
namespace {

struct Variant {
  const Kernels* kernels;
  bool supported;
};

const Kernels* find(const char* name) noexcept {
#if defined(__x86_64__)
  // These ask CPUID and whether the operating system saves the registers.
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                      __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  const Variant variants[] = {
      {&avx512::table, avx512},
      {&avx2::table, __builtin_cpu_supports("avx2") != 0},
      {&baseline::table, true},
  };
#else
  const Variant variants[] = {{&baseline::table, true}};
#endif
  for (const Variant& each : variants) {
    if (each.supported && (name == nullptr || std::strcmp(name, each.kernels->name) == 0)) return each.kernels;
  }
  return nullptr;
}

std::atomic<const Kernels*> chosen{nullptr};

}  // namespace

const Kernels& kernels() noexcept {
  const Kernels* known = chosen.load(std::memory_order_acquire);
  if (known == nullptr) chosen.store(known = find(nullptr), std::memory_order_release);
  return *known;
}

bool choose_kernels(const char* name) noexcept {
  const Kernels* named = find(name);
  if (named != nullptr) chosen.store(named, std::memory_order_release);
  return named != nullptr;
}

}  // namespace nodemm
