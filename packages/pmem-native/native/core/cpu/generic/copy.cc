#include "copy.h"

#include <cstring>

namespace nodemm {

void flush_nothing(const std::byte*, std::size_t) noexcept {}

namespace generic {

void copy(std::byte* to, const std::byte* from, std::size_t length, FlushLines flush) noexcept {
  if (length == 0) return;
  std::memcpy(to, from, length);
  flush(to, length);
}

void fill(std::byte* to, std::uint8_t byte, std::size_t length, FlushLines flush) noexcept {
  if (length == 0) return;
  std::memset(to, byte, length);
  flush(to, length);
}

}  // namespace generic
}  // namespace nodemm
