#include "layout.h"

namespace nodemm {

bool is_inside(const Axes& axes, const Window& window, Reach& reach) noexcept {
  std::int64_t low = window.offset, high = window.offset;
  for (std::size_t axis = 0; axis < axes.count; axis++) {
    if (axes.length[axis] == 0 || axes.length[axis] > INT64_MAX) return false;
    std::int64_t span = 0;
    if (__builtin_mul_overflow(static_cast<std::int64_t>(axes.length[axis] - 1), window.step[axis], &span))
      return false;
    std::int64_t& end = span < 0 ? low : high;
    if (__builtin_add_overflow(end, span, &end)) return false;
  }
  if (low < 0 || static_cast<std::uint64_t>(high) >= window.elements.length) return false;
  const auto base = reinterpret_cast<std::uintptr_t>(window.elements.data);
  const std::size_t size = size_of(window.elements.type);
  reach.begin = base + static_cast<std::uint64_t>(low) * size;
  reach.end = base + (static_cast<std::uint64_t>(high) + 1) * size;
  return true;
}

bool is_entangled(const Axes& axes, const Window& out, const Reach& out_reach, const Window& in,
                  const Reach& in_reach) noexcept {
  if (out_reach.end <= in_reach.begin || in_reach.end <= out_reach.begin) return false;
  if (size_of(out.elements.type) != size_of(in.elements.type)) return true;
  const std::size_t size = size_of(out.elements.type);
  if (out.elements.data + out.offset * static_cast<std::int64_t>(size) !=
      in.elements.data + in.offset * static_cast<std::int64_t>(size)) {
    return true;
  }
  for (std::size_t axis = 0; axis < axes.count; axis++) {
    if (axes.length[axis] > 1 && out.step[axis] != in.step[axis]) return true;
  }
  return false;
}

}  // namespace nodemm
