#include "../../instructions.h"

#include <atomic>

#include "copy.h"
#include "crc32c.h"

namespace nodemm {
namespace {

void fence() noexcept { std::atomic_thread_fence(std::memory_order_seq_cst); }

}  // namespace

const Instructions& best_instructions() noexcept {
  static const Instructions table{nullptr,         fence,  generic::copy, generic::fill,
                                  generic::crc32c, "none", "memcpy",      "table"};
  return table;
}

}  // namespace nodemm
