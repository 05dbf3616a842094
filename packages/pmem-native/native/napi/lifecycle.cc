#include <utility>

#include "arguments.h"
#include "calls.h"
#include "environment.h"

namespace nodemm::napi {
namespace {

OpenRegion* find(napi_env env, void* data, napi_value handle) {
  std::int32_t number = -1;
  if (napi_get_value_int32(env, handle, &number) != napi_ok) return nullptr;
  return static_cast<Environment*>(data)->find(number);
}

napi_value make_failure(napi_env env, const Failure& failure) {
  napi_value object = nullptr;
  napi_create_object(env, &object);
  set(env, object, "status", make_number(env, static_cast<double>(failure.status)));
  set(env, object, "errorNumber", make_number(env, failure.error_number));
  set(env, object, "step", make_string(env, failure.step));
  set(env, object, "detail", make_string(env, failure.detail.c_str()));
  set(env, object, "neededBytes", make_number(env, static_cast<double>(failure.needed_bytes)));
  set(env, object, "freeBytes", make_number(env, static_cast<double>(failure.free_bytes)));
  return object;
}

template <typename Fact>
napi_value make_fact(napi_env env, const Fact& fact, napi_value value) {
  napi_value object = nullptr;
  napi_create_object(env, &object);
  set(env, object, "known", make_number(env, static_cast<double>(fact.known)));
  set(env, object, "reason", make_string(env, fact.reason.c_str()));
  set(env, object, "value", value);
  return object;
}

// Offset, length, offset, length, ...
napi_value make_ranges(napi_env env, const std::vector<ByteRange>& ranges) {
  napi_value list = nullptr;
  napi_create_array(env, &list);
  std::uint32_t index = 0;
  for (const ByteRange& range : ranges) {
    napi_set_element(env, list, index++, make_number(env, static_cast<double>(range.offset)));
    napi_set_element(env, list, index++, make_number(env, static_cast<double>(range.length)));
  }
  return list;
}

napi_value make_region(napi_env env, std::uint32_t handle, const Region& region) {
  napi_value object = nullptr;
  napi_create_object(env, &object);
  set(env, object, "status", make_number(env, 0));
  set(env, object, "handle", make_number(env, handle));
  set(env, object, "length", make_number(env, static_cast<double>(region.length())));
  set(env, object, "capacity", make_number(env, static_cast<double>(region.capacity())));
  set(env, object, "created", make_boolean(env, region.created()));
  const Source& source = region.source();
  set(env, object, "badBlocks", make_fact(env, source.bad_blocks(), make_ranges(env, source.bad_blocks().ranges)));
  const auto shutdowns = static_cast<double>(source.unsafe_shutdowns().count);
  set(env, object, "unsafeShutdowns", make_fact(env, source.unsafe_shutdowns(), make_number(env, shutdowns)));
  set(env, object, "kind", make_number(env, static_cast<double>(region.kind())));
  set(env, object, "persistenceDomain", make_number(env, static_cast<double>(region.persistence_domain())));
  set(env, object, "granularity", make_number(env, static_cast<double>(region.granularity())));
  set(env, object, "survives", make_number(env, static_cast<double>(region.durability().survives)));
  set(env, object, "reason", make_string(env, region.durability().reason.c_str()));
  set(env, object, "flush", make_string(env, region.flush_name()));
  set(env, object, "copy", make_string(env, region.instructions().copy_name));
  set(env, object, "crc32c", make_string(env, region.instructions().crc32c_name));
  return object;
}

// -1 stands for "not given".
std::optional<Granularity> read_granularity(std::int32_t number) {
  if (number < 0 || number > 2) return std::nullopt;
  return static_cast<Granularity>(number);
}

}  // namespace

// open(path, creation, readOnly, size, capacity, demanded, forced, sysfsRoot): an object with status 0 and the region's
// facts, or with the status and facts of the failure.
napi_value open(napi_env env, napi_callback_info info) {
  const Arguments<8> arguments(env, info);
  std::int32_t creation = 0, demanded = -1, forced = -1;
  bool read_only = false;
  double size = 0, capacity = 0;
  Region::Request request;
  request.source.path = read_string(env, arguments.values[0]);
  request.source.sysfs_root = read_string(env, arguments.values[7]);
  const bool typed = napi_get_value_int32(env, arguments.values[1], &creation) == napi_ok &&
                     napi_get_value_bool(env, arguments.values[2], &read_only) == napi_ok &&
                     napi_get_value_double(env, arguments.values[3], &size) == napi_ok &&
                     napi_get_value_double(env, arguments.values[4], &capacity) == napi_ok &&
                     napi_get_value_int32(env, arguments.values[5], &demanded) == napi_ok &&
                     napi_get_value_int32(env, arguments.values[6], &forced) == napi_ok;
  if (!typed || request.source.path.empty() || request.source.sysfs_root.empty() || creation < 0 || creation > 4) {
    return make_failure(env, Failure{Status::wrong_type});
  }
  if (!to_integer(size, &request.source.size) || !to_integer(capacity, &request.capacity)) {
    return make_failure(env, Failure{Status::out_of_range});
  }
  request.source.creation = static_cast<Creation>(creation);
  request.source.read_only = read_only;
  request.demanded = read_granularity(demanded);
  request.forced = read_granularity(forced);
  Result<std::shared_ptr<Region>> opened = Region::open(request);
  if (!opened.ok()) return make_failure(env, opened.failure());
  const Region& region = *opened.value();
  const std::uint32_t handle = static_cast<Environment*>(arguments.data)->add(std::move(opened.value()));
  return make_region(env, handle, region);
}

// close(handle): detaches every view first, so that nothing in JavaScript reaches the memory when it goes.
napi_value close(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  OpenRegion* open = find(env, arguments.data, arguments.values[0]);
  if (open == nullptr) return nullptr;
  open->views->detach_all(env);
  open->region->close();
  std::int32_t handle = -1;
  napi_get_value_int32(env, arguments.values[0], &handle);
  static_cast<Environment*>(arguments.data)->remove(handle);
  return nullptr;
}

// abandon(handle): the JavaScript region was collected unclosed. Its views, if any live, keep the memory and the lock.
napi_value abandon(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  std::int32_t handle = -1;
  if (find(env, arguments.data, arguments.values[0]) == nullptr) return nullptr;
  napi_get_value_int32(env, arguments.values[0], &handle);
  static_cast<Environment*>(arguments.data)->remove(handle);
  return nullptr;
}

// grow(handle, length): undefined, or the failure.
napi_value grow(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  OpenRegion* open = find(env, arguments.data, arguments.values[0]);
  if (open == nullptr) return make_failure(env, Failure{Status::closed});
  double number = 0;
  std::uint64_t length = 0;
  if (napi_get_value_double(env, arguments.values[1], &number) != napi_ok) {
    return make_failure(env, Failure{Status::wrong_type});
  }
  if (!to_integer(number, &length)) return make_failure(env, Failure{Status::out_of_range});
  Result<> grown = open->region->grow(length);
  return grown.ok() ? nullptr : make_failure(env, grown.failure());
}

// trouble(handle): what a region that answers sync_failed or fault remembers of it.
napi_value trouble(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  OpenRegion* open = find(env, arguments.data, arguments.values[0]);
  if (open == nullptr) return nullptr;
  napi_value object = nullptr;
  napi_create_object(env, &object);
  set(env, object, "errorNumber", make_number(env, open->region->sync_error()));
  set(env, object, "faultOffset", make_number(env, static_cast<double>(open->region->fault_offset())));
  return object;
}

// view(handle, offset, length): the buffer, or a status.
napi_value view(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  const auto answer = [env](Status status) { return make_number(env, static_cast<double>(status)); };
  OpenRegion* open = find(env, arguments.data, arguments.values[0]);
  if (open == nullptr) return answer(Status::closed);
  double first = 0, second = 0;
  if (napi_get_value_double(env, arguments.values[1], &first) != napi_ok ||
      napi_get_value_double(env, arguments.values[2], &second) != napi_ok) {
    return answer(Status::wrong_type);
  }
  std::uint64_t offset = 0, length = 0;
  if (!to_integer(first, &offset) || !to_integer(second, &length) || !open->region->contains(offset, length)) {
    return answer(Status::out_of_range);
  }
  if (const Status readable = open->region->readable(); readable != Status::ok) return answer(readable);
  napi_value buffer = nullptr;
  const std::uint64_t most = static_cast<Environment*>(arguments.data)->most_view_bytes();
  const Status made = open->views->view(env, open->region, offset, length, most, &buffer);
  return made == Status::ok ? buffer : answer(made);
}

// releaseView(handle, buffer): undefined, or a status.
napi_value release_view(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  OpenRegion* open = find(env, arguments.data, arguments.values[0]);
  const Status released =
      open == nullptr ? Status::closed : open->views->release(env, *open->region, arguments.values[1]);
  return released == Status::ok ? nullptr : make_number(env, static_cast<double>(released));
}

}  // namespace nodemm::napi
