#include "../core/kernels.h"
#include "../core/pages.h"
#include "../core/threads.h"
#include "arguments.h"
#include "calls.h"

namespace nodemm::napi {

// choose(name): the name of the kernels that are used from now on; undefined where there are none of that name here.
napi_value choose(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument = nullptr, value = nullptr;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok) return nullptr;
  char name[32] = {};
  std::size_t length = 0;
  const bool is_named = napi_get_value_string_utf8(env, argument, name, sizeof name, &length) == napi_ok;
  if (!choose_kernels(is_named ? name : nullptr)) return nullptr;
  napi_create_string_utf8(env, kernels().name, NAPI_AUTO_LENGTH, &value);
  return value;
}

// askForLargePages(data): under all its elements.
napi_value ask_for_large_pages(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument = nullptr;
  Elements elements;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok) return nullptr;
  if (!read_elements(env, argument, elements)) return answer(env, Status::unsupported);
  const auto begin = reinterpret_cast<std::uintptr_t>(elements.data);
  nodemm::ask_for_large_pages(begin, begin + elements.length * size_of(elements.type));
  return nullptr;
}

// limitThreads(most): 0 for no limit.
napi_value limit_threads(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument = nullptr;
  std::uint32_t most = 0;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok) return nullptr;
  if (!read_code(env, argument, 1 << 16, most)) return answer(env, Status::out_of_range);
  nodemm::limit_threads(most);
  return nullptr;
}

}  // namespace nodemm::napi
