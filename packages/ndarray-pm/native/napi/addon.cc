#include <memory>
#include <new>

#include "arguments.h"
#include "calls.h"

namespace {

using nodemm::napi::Environment;

struct Export {
  const char* name;
  napi_callback call;
};

constexpr Export kExports[] = {
    {"binary", nodemm::napi::binary}, {"fold", nodemm::napi::fold},
    {"dot", nodemm::napi::dot},       {"matmul", nodemm::napi::matmul},
    {"sort", nodemm::napi::sort},     {"askForLargePages", nodemm::napi::ask_for_large_pages},
    {"choose", nodemm::napi::choose}, {"limitThreads", nodemm::napi::limit_threads},
};

void destroy(napi_env, void* data, void*) { const std::unique_ptr<Environment> owned(static_cast<Environment*>(data)); }

// The frame lives as long as its buffer, which the exports hold, and nothing calls a function without them.
bool set_frame(napi_env env, napi_value exports, Environment& environment) {
  void* data = nullptr;
  napi_value buffer = nullptr, numbers = nullptr;
  constexpr std::size_t count = nodemm::napi::kFrameNumbers;
  if (napi_create_arraybuffer(env, count * sizeof(double), &data, &buffer) != napi_ok) return false;
  if (napi_create_typedarray(env, napi_float64_array, count, buffer, 0, &numbers) != napi_ok) return false;
  environment.frame = static_cast<double*>(data);
  return napi_set_named_property(env, exports, "frame", numbers) == napi_ok;
}

}  // namespace

NAPI_MODULE_INIT() {
  std::unique_ptr<Environment> environment(new (std::nothrow) Environment);
  if (environment == nullptr || !set_frame(env, exports, *environment)) return nullptr;
  Environment* data = environment.get();
  if (napi_set_instance_data(env, data, destroy, nullptr) != napi_ok) return nullptr;
  // From here the runtime destroys it, when the main thread or the worker ends.
  (void)environment.release();
  for (const Export& entry : kExports) {
    napi_value function = nullptr;
    if (napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.call, data, &function) != napi_ok) return nullptr;
    if (napi_set_named_property(env, exports, entry.name, function) != napi_ok) return nullptr;
  }
  return exports;
}
