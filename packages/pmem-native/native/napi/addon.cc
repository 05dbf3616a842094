#include <memory>

#include "arguments.h"
#include "calls.h"
#include "environment.h"

namespace {

using nodemm::napi::Environment;

struct Export {
  const char* name;
  napi_callback call;
};

constexpr Export kExports[] = {
    {"open", nodemm::napi::open},
    {"openAsync", nodemm::napi::open_async},
    {"close", nodemm::napi::close},
    {"closeAsync", nodemm::napi::close_async},
    {"abandon", nodemm::napi::abandon},
    {"grow", nodemm::napi::grow},
    {"growAsync", nodemm::napi::grow_async},
    {"mark", nodemm::napi::mark},
    {"trouble", nodemm::napi::trouble},
    {"view", nodemm::napi::view},
    {"flush", nodemm::napi::flush},
    {"releaseView", nodemm::napi::release_view},
    {"sharedView", nodemm::napi::shared_view},
    {"isShared", nodemm::napi::is_shared},
    {"drain", nodemm::napi::drain},
    {"persist", nodemm::napi::persist},
    {"copy", nodemm::napi::copy},
    {"copyWithin", nodemm::napi::copy_within},
    {"copyWithinCrc32c", nodemm::napi::copy_within_crc32c},
    {"persistRecord", nodemm::napi::persist_record},
    {"crc32cOf", nodemm::napi::crc32c_of},
    {"fill", nodemm::napi::fill},
    {"publish", nodemm::napi::publish},
    {"crc32c", nodemm::napi::crc32c},
    {"readSafely", nodemm::napi::read_safely},
    {"flushMany", nodemm::napi::flush_many},
    {"deepFlush", nodemm::napi::deep_flush},
    {"prefault", nodemm::napi::prefault},
    {"advise", nodemm::napi::advise},
    {"start", nodemm::napi::start},
    {"copyMany", nodemm::napi::copy_many},
    {"copyManyNow", nodemm::napi::copy_many_now},
    {"stop", nodemm::napi::stop},
    {"persistMany", nodemm::napi::persist_many},
    {"persistManyAsync", nodemm::napi::persist_many_async},
};

// Before Node 22 the runtime refuses external buffers over 4 GiB, and runs their finalizer all the same.
std::uint64_t most_view_bytes(napi_env env) {
  const napi_node_version* version = nullptr;
  const bool modern = napi_get_node_version(env, &version) == napi_ok && version->major >= 22;
  return modern ? static_cast<std::uint64_t>(nodemm::napi::kMaxSafeInteger) : std::uint64_t{1} << 32;
}

void destroy(napi_env, void* data, void*) { const std::unique_ptr<Environment> owned(static_cast<Environment*>(data)); }

// The frame lives as long as its buffer, which the exports hold: nothing calls a verb without them.
napi_value make_frame(napi_env env, double** frame) {
  constexpr std::size_t bytes = nodemm::napi::kFrameNumbers * sizeof(double);
  void* data = nullptr;
  napi_value buffer = nullptr, numbers = nullptr;
  if (napi_create_arraybuffer(env, bytes, &data, &buffer) != napi_ok) return nullptr;
  *frame = static_cast<double*>(data);
  const auto type = napi_float64_array;
  const napi_status made = napi_create_typedarray(env, type, nodemm::napi::kFrameNumbers, buffer, 0, &numbers);
  return made == napi_ok ? numbers : nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  double* frame = nullptr;
  napi_value numbers = make_frame(env, &frame);
  if (numbers == nullptr) return nullptr;
  auto environment = std::make_unique<Environment>(frame, most_view_bytes(env));
  Environment* data = environment.get();
  if (napi_set_instance_data(env, data, destroy, nullptr) != napi_ok) return nullptr;
  // From here the runtime destroys it, when the main thread or the worker ends.
  (void)environment.release();
  for (const Export& entry : kExports) {
    napi_value function = nullptr;
    if (napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.call, data, &function) != napi_ok) return nullptr;
    nodemm::napi::set(env, exports, entry.name, function);
  }
  nodemm::napi::set(env, exports, "frame", numbers);
  nodemm::napi::set(env, exports, "sharedViews",
                    nodemm::napi::make_boolean(env, nodemm::napi::SharedViews::available()));
  nodemm::napi::set(env, exports, "mostViewBytes",
                    nodemm::napi::make_number(env, static_cast<double>(data->most_view_bytes())));
  return exports;
}
