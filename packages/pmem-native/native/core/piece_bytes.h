// How much of a long operation is done at once on another thread: about a millisecond of work, so that stopping and
// closing never wait long.
#pragma once

#include <cstdint>

namespace nodemm {

constexpr std::uint64_t kLinesPieceBytes = std::uint64_t{4} << 20;
// A page sync has a price of its own (the file system's journal), hence larger pieces.
constexpr std::uint64_t kPagesPieceBytes = std::uint64_t{64} << 20;

}  // namespace nodemm
