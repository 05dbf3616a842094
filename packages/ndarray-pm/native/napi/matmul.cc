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
  const double* frame = static_cast<const Environment*>(data)->frame;
  Matrix matrices[3];
  for (std::size_t index = 0; index < 3; index++) {
    if (!read_elements(env, arguments[index], matrices[index].elements)) return answer(env, Status::unsupported);
    const double* numbers = frame + 3 + 3 * index;
    if (!read_whole(numbers[0], matrices[index].offset) || !read_whole(numbers[1], matrices[index].down) ||
        !read_whole(numbers[2], matrices[index].right)) {
      return answer(env, Status::out_of_range);
    }
  }
  Extent extent;
  if (!read_count(frame[0], extent.rows) || !read_count(frame[1], extent.columns) ||
      !read_count(frame[2], extent.inner)) {
    return answer(env, Status::out_of_range);
  }
  return answer(env, nodemm::matmul(extent, matrices[0], matrices[1], matrices[2]));
}

}  // namespace nodemm::napi
