#include "../core/sort.h"

#include "arguments.h"
#include "calls.h"

namespace nodemm::napi {

// sort(data, offset, count)
napi_value sort(napi_env env, napi_callback_info info) {
  std::size_t count = 3;
  napi_value arguments[3];
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok || count != 3) {
    return answer(env, Status::unsupported);
  }
  Elements elements;
  double numbers[2] = {};
  std::uint64_t counts[2] = {};
  if (!read_elements(env, arguments[0], elements)) return answer(env, Status::unsupported);
  for (std::size_t index = 0; index < 2; index++) {
    if (napi_get_value_double(env, arguments[index + 1], &numbers[index]) != napi_ok ||
        !read_count(numbers[index], counts[index])) {
      return answer(env, Status::out_of_range);
    }
  }
  return answer(env, nodemm::sort(elements, counts[0], counts[1]));
}

}  // namespace nodemm::napi
