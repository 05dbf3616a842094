#include "arguments.h"
#include "calls.h"
#include "environment.h"

namespace nodemm::napi {

// readSafely(target), with (offset) in the frame: undefined and the Uint8Array full, or a status. Of `unreadable` the
// offset comes back in the frame.
napi_value read_safely(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const auto answer = [env](Status status) { return make_number(env, static_cast<double>(status)); };
  auto* environment = static_cast<Environment*>(arguments.data);
  double* frame = environment->frame();
  OpenRegion* open = environment->find(static_cast<std::int32_t>(frame[0]));
  if (open == nullptr) return answer(Status::closed);
  void* target = nullptr;
  std::size_t length = 0;
  napi_typedarray_type type = napi_int8_array;
  const bool typed =
      napi_get_typedarray_info(env, arguments.values[0], &type, &length, &target, nullptr, nullptr) == napi_ok;
  if (!typed || type != napi_uint8_array) return answer(Status::wrong_type);
  std::uint64_t offset = 0, fault = 0;
  if (!to_integer(frame[1], &offset)) return answer(Status::out_of_range);
  const Status read = open->region->read_safely(offset, static_cast<std::byte*>(target), length, &fault);
  frame[0] = static_cast<double>(fault);
  return read == Status::ok ? nullptr : answer(read);
}

}  // namespace nodemm::napi
