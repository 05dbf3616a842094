#include "../../instructions.h"

#include <atomic>

#include "copy.h"
#include "crc32c.h"

namespace nodemm {
namespace {

void fence() noexcept { std::atomic_thread_fence(std::memory_order_seq_cst); }

}  // namespace

Result<Instructions> choose_instructions(const InstructionNames& names) {
  if (!names.flush.empty()) return Failure{Status::unsupported, 0, "NODEMM_FLUSH"};
  if (!names.copy.empty() && names.copy != "memcpy") return Failure{Status::unsupported, 0, "NODEMM_COPY", "memcpy"};
  return Instructions{nullptr,         nullptr, fence,  generic::copy, generic::fill,
                      generic::crc32c, nullptr, "none", "memcpy",      "table"};
}

}  // namespace nodemm
