#include "../core/elementwise.h"

#include "arguments.h"
#include "calls.h"

namespace nodemm::napi {

// binary(operation, out, a, b), and in the frame: the number of axes, their lengths, and for each of the three its
// offset and its step on each axis.
napi_value binary(napi_env env, napi_callback_info info) {
  std::size_t count = 4;
  napi_value arguments[4];
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, &data) != napi_ok || count != 4) {
    return answer(env, Status::unsupported);
  }
  const double* frame = static_cast<const Environment*>(data)->frame;
  std::uint32_t code = 0;
  std::uint64_t rank = 0;
  if (!read_code(env, arguments[0], kBinaries, code) || !read_count(frame[0], rank) || rank > kMostAxes) {
    return answer(env, Status::unsupported);
  }
  Axes axes;
  axes.count = static_cast<std::size_t>(rank);
  Window windows[3];
  const Status status = read_windows(env, arguments + 1, frame + 1, axes.count, axes.length, axes.count, windows);
  if (status != Status::ok) return answer(env, status);
  return answer(env, apply_binary(static_cast<Binary>(code), axes, windows[0], windows[1], windows[2]));
}

}  // namespace nodemm::napi
