#include "pages.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace nodemm {

void ask_for_large_pages([[maybe_unused]] std::uintptr_t begin, [[maybe_unused]] std::uintptr_t end) noexcept {
#if defined(__linux__)
  constexpr std::uintptr_t large = std::uintptr_t{2} << 20;
  const std::uintptr_t first = (begin + large - 1) / large * large, last = end / large * large;
  if (first >= last || last - first < 2 * large) return;
  madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#endif
}

}  // namespace nodemm
