#include "written_pages.h"

#include <algorithm>
#include <cstdlib>

#include "os/file.h"

namespace nodemm {
namespace {

// As the shortest range that is written, so that what a write covers in part only is little.
constexpr std::uint64_t kPartBytes = std::uint64_t{16} << 10;
constexpr std::uint64_t kWordParts = 64;

}  // namespace

void WrittenPages::Free::operator()(Word* words) const noexcept { std::free(words); }

void WrittenPages::watch(std::uint64_t length) noexcept {
  const std::uint64_t parts = (length + kPartBytes - 1) / kPartBytes;
  words_.reset(static_cast<Word*>(std::calloc(parts / kWordParts + 1, sizeof(Word))));
  parts_ = words_ == nullptr ? 0 : parts;
}

void WrittenPages::prepare(int descriptor, std::uint64_t offset, std::uint64_t length) noexcept {
  const std::uint64_t end = std::min((offset + length) / kPartBytes, parts_);
  for (std::uint64_t part = (offset + kPartBytes - 1) / kPartBytes; part < end;) {
    const std::uint64_t first = part;
    part = mark(first, end);
    if (part > first) {
      os::drop_cached(descriptor, first * kPartBytes, (part - first) * kPartBytes);
    } else {
      part++;
    }
  }
}

void WrittenPages::leave(std::uint64_t offset, std::uint64_t length) noexcept {
  const std::uint64_t end = std::min((offset + length + kPartBytes - 1) / kPartBytes, parts_);
  for (std::uint64_t part = offset / kPartBytes; part < end; part++) part = mark(part, end);
}

std::uint64_t WrittenPages::mark(std::uint64_t first, std::uint64_t end) noexcept {
  for (std::uint64_t part = first; part < end; part++) {
    const std::uint64_t bit = std::uint64_t{1} << part % kWordParts;
    Word& word = words_[part / kWordParts];
    // Looked at before: once all is marked, threads share these words without taking them from each other.
    if ((word.load(std::memory_order_relaxed) & bit) != 0) return part;
    word.fetch_or(bit, std::memory_order_relaxed);
  }
  return end;
}

}  // namespace nodemm
