// Views of both kinds, as JavaScript asks for them.
#include "arguments.h"
#include "calls.h"
#include "environment.h"

namespace nodemm::napi {
namespace {

napi_value answer(napi_env env, Status status) { return make_number(env, static_cast<double>(status)); }

// A region that can be read and a range of it, out of (handle, offset, length).
struct RangeOf {
  OpenRegion* open = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  Status read(napi_env env, const Arguments<3>& arguments) {
    std::int32_t handle = -1;
    napi_get_value_int32(env, arguments.values[0], &handle);
    open = static_cast<Environment*>(arguments.data)->find(handle);
    if (open == nullptr) return Status::closed;
    double first = 0, second = 0;
    if (napi_get_value_double(env, arguments.values[1], &first) != napi_ok ||
        napi_get_value_double(env, arguments.values[2], &second) != napi_ok) {
      return Status::wrong_type;
    }
    if (!to_integer(first, &offset) || !to_integer(second, &length) || !open->region->contains(offset, length)) {
      return Status::out_of_range;
    }
    return open->region->readable();
  }
};

}  // namespace

// view(handle, offset, length): the buffer, or a status.
napi_value view(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  RangeOf range;
  if (const Status read = range.read(env, arguments); read != Status::ok) return answer(env, read);
  napi_value buffer = nullptr;
  const std::uint64_t most = static_cast<Environment*>(arguments.data)->most_view_bytes();
  const Status made = range.open->views->view(env, range.open->region, range.offset, range.length, most, &buffer);
  return made == Status::ok ? buffer : answer(env, made);
}

// releaseView(handle, buffer): undefined, or a status.
napi_value release_view(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  std::int32_t handle = -1;
  napi_get_value_int32(env, arguments.values[0], &handle);
  OpenRegion* open = static_cast<Environment*>(arguments.data)->find(handle);
  if (open == nullptr) return answer(env, Status::closed);
  const Status released = open->views->release(env, *open->region, arguments.values[1]);
  return released == Status::ok ? nullptr : answer(env, released);
}

// sharedView(handle, offset, length): the buffer, or a status.
napi_value shared_view(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  RangeOf range;
  if (const Status read = range.read(env, arguments); read != Status::ok) return answer(env, read);
  napi_value buffer = nullptr;
  const Status made = range.open->shared_views->view(env, range.open->region, range.offset, range.length, &buffer);
  return made == Status::ok ? buffer : answer(env, made);
}

// isShared(handle, offset, length): a boolean, or a status.
napi_value is_shared(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  RangeOf range;
  const Status read = range.read(env, arguments);
  if (read != Status::ok && read != Status::fault) return answer(env, read);
  return make_boolean(env, range.open->shared_views->covers(range.offset, range.length));
}

}  // namespace nodemm::napi
