#include "../core/matmul.h"

#include "arguments.h"
#include "calls.h"

namespace nodemm::napi {

// matmul(out, a, b), and in the frame: the rows and columns of the result and the inner length, and for each of the
// three its offset and the steps down and to the right.
napi_value matmul(napi_env env, napi_callback_info info) {
  std::size_t count = 3;
  napi_value arguments[3];
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, &data) != napi_ok || count != 3) {
    return answer(env, Status::unsupported);
  }
  std::uint64_t length[3] = {};
  Window windows[3];
  const double* frame = static_cast<const Environment*>(data)->frame;
  const Status status = read_windows(env, arguments, frame, 3, length, 2, windows);
  if (status != Status::ok) return answer(env, status);
  const auto matrix = [&windows](std::size_t index) {
    const Window& window = windows[index];
    return Matrix{window.elements, window.offset, window.step[0], window.step[1]};
  };
  return answer(env, nodemm::matmul({length[0], length[1], length[2]}, matrix(0), matrix(1), matrix(2)));
}

}  // namespace nodemm::napi
