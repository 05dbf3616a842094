// The functions that JavaScript calls; see src/native/binding.ts for what they take and answer.
#pragma once

#include <node_api.h>

namespace nodemm::napi {

// What each environment (the main thread, a worker) has of its own. Nothing in it outlives the environment.
struct Environment {
  double* frame = nullptr;
};

napi_value binary(napi_env env, napi_callback_info info);
napi_value fold(napi_env env, napi_callback_info info);
napi_value dot(napi_env env, napi_callback_info info);
napi_value matmul(napi_env env, napi_callback_info info);
napi_value sort(napi_env env, napi_callback_info info);
napi_value ask_for_large_pages(napi_env env, napi_callback_info info);
napi_value choose(napi_env env, napi_callback_info info);
napi_value limit_threads(napi_env env, napi_callback_info info);

}  // namespace nodemm::napi
