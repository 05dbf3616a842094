// The functions that JavaScript sees. Each parses, makes one core call, converts.
//
// A verb takes its numbers from the environment's frame and answers `undefined` for success, a status number otherwise;
// `view` answers the buffer or a status. Nothing throws: JavaScript makes the errors.
#pragma once

#include <node_api.h>

namespace nodemm::napi {

// Once a region.
napi_value open(napi_env env, napi_callback_info info);
napi_value open_async(napi_env env, napi_callback_info info);
napi_value close(napi_env env, napi_callback_info info);
napi_value close_async(napi_env env, napi_callback_info info);
napi_value abandon(napi_env env, napi_callback_info info);
napi_value grow(napi_env env, napi_callback_info info);
napi_value grow_async(napi_env env, napi_callback_info info);
napi_value mark(napi_env env, napi_callback_info info);
napi_value trouble(napi_env env, napi_callback_info info);
napi_value view(napi_env env, napi_callback_info info);
napi_value release_view(napi_env env, napi_callback_info info);
napi_value shared_view(napi_env env, napi_callback_info info);
napi_value is_shared(napi_env env, napi_callback_info info);
napi_value copy_many_now(napi_env env, napi_callback_info info);
napi_value read_safely(napi_env env, napi_callback_info info);

// On the thread pool.
napi_value start(napi_env env, napi_callback_info info);
napi_value copy_many(napi_env env, napi_callback_info info);
napi_value persist_many_async(napi_env env, napi_callback_info info);
napi_value stop(napi_env env, napi_callback_info info);

// In the hot path. `copy` is passed its source as well, `flushMany` and `persistMany` their
// ranges; `crc32c`, `crc32cOf` and `copyWithinCrc32c` leave the sum in the frame.
napi_value flush(napi_env env, napi_callback_info info);
napi_value drain(napi_env env, napi_callback_info info);
napi_value persist(napi_env env, napi_callback_info info);
napi_value deep_flush(napi_env env, napi_callback_info info);
napi_value prefault(napi_env env, napi_callback_info info);
napi_value advise(napi_env env, napi_callback_info info);
napi_value flush_many(napi_env env, napi_callback_info info);
napi_value persist_many(napi_env env, napi_callback_info info);
napi_value copy(napi_env env, napi_callback_info info);
napi_value copy_within(napi_env env, napi_callback_info info);
napi_value copy_within_crc32c(napi_env env, napi_callback_info info);
napi_value persist_record(napi_env env, napi_callback_info info);
napi_value crc32c_of(napi_env env, napi_callback_info info);
napi_value fill(napi_env env, napi_callback_info info);
napi_value publish(napi_env env, napi_callback_info info);
napi_value crc32c(napi_env env, napi_callback_info info);

}  // namespace nodemm::napi
