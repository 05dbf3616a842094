#include "../core/elementwise.h"

#include "arguments.h"
#include "calls.h"

namespace nodemm::napi {

// binary(operation, out, a, b), and in the frame: the number of axes, the offsets of out, a and b, and for
// each axis its length and the steps of the three.
napi_value binary(napi_env env, napi_callback_info info) {
  std::size_t count = 4;
  napi_value arguments[4];
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, &data) != napi_ok || count != 4) {
    return answer(env, Status::unsupported);
  }
  std::uint32_t code = 0;
  Window windows[3];
  for (std::size_t index = 0; index < 3; index++) {
    if (!read_elements(env, arguments[index + 1], windows[index].elements)) return answer(env, Status::unsupported);
  }
  if (!read_code(env, arguments[0], kBinaries, code)) {
    return answer(env, Status::unsupported);
  }
  const double* frame = static_cast<const Environment*>(data)->frame;
  Axes axes;
  std::uint64_t rank = 0;
  if (!read_count(frame[0], rank) || rank > kMostAxes) return answer(env, Status::unsupported);
  axes.count = static_cast<std::size_t>(rank);
  for (std::size_t index = 0; index < 3; index++) {
    if (!read_whole(frame[1 + index], windows[index].offset)) return answer(env, Status::out_of_range);
  }
  for (std::size_t axis = 0; axis < axes.count; axis++) {
    const double* numbers = frame + 4 + 4 * axis;
    if (!read_count(numbers[0], axes.length[axis])) return answer(env, Status::out_of_range);
    for (std::size_t index = 0; index < 3; index++) {
      if (!read_whole(numbers[1 + index], windows[index].step[axis])) return answer(env, Status::out_of_range);
    }
  }
  return answer(env, apply_binary(static_cast<Binary>(code), axes, windows[0], windows[1], windows[2]));
}

}  // namespace nodemm::napi
