// Which parts of a file have pages in memory that writes made. What a mapped access brings in, alone or by reading
// ahead, are pages of the smallest size, each with its own entry in every list that a write-back walks; a write to what
// is not in memory makes large ones. So the first long write to a part lets go of what is there. A part that the system
// drops later, and a mapped access brings back, has small pages for good: that costs time only.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace nodemm {

class WrittenPages {
 public:
  // Of a file as it is now: what it grows by later is left alone, and so is all where there is no memory for it. A bit
  // for each 16 KiB: memory that a limit counts.
  void watch(std::uint64_t length) noexcept;
  // Before a write: lets go of the clean pages of its whole parts, unless a write came before. Changes no bytes. On any
  // thread.
  void prepare(int descriptor, std::uint64_t offset, std::uint64_t length) noexcept;
  // The pages of this range stay as they are, whatever is written.
  void leave(std::uint64_t offset, std::uint64_t length) noexcept;

 private:
  using Word = std::atomic<std::uint64_t>;
  struct Free {
    void operator()(Word* words) const noexcept;
  };

  // Marks parts from `first` up to the first marked one or `end`, which it returns.
  std::uint64_t mark(std::uint64_t first, std::uint64_t end) noexcept;

  // One bit a part, set once it is to be left alone. What no write is near takes no memory.
  std::unique_ptr<Word[], Free> words_;
  std::uint64_t parts_ = 0;
};

}  // namespace nodemm
