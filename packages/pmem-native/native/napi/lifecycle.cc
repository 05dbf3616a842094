// From opening to closing. Opening and growing also run on the thread pool, since they may wait for a disk.
#include <napi.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "../core/os/file.h"
#include "arguments.h"
#include "calls.h"
#include "environment.h"
#include "results.h"

namespace nodemm::napi {
namespace {

using Opened = Result<std::shared_ptr<Region>>;

OpenRegion* find(napi_env env, void* data, napi_value handle) {
  std::int32_t number = -1;
  if (napi_get_value_int32(env, handle, &number) != napi_ok) return nullptr;
  return static_cast<Environment*>(data)->find(number);
}

// -1 stands for "not given".
std::optional<Granularity> read_granularity(std::int32_t number) {
  if (number < 0 || number > 2) return std::nullopt;
  return static_cast<Granularity>(number);
}

// What the environment's variables say. False where it is no such object.
bool read_overrides(const Napi::Value& value, Region::Request* request) {
  if (!value.IsObject()) return false;
  const auto object = value.As<Napi::Object>();
  const auto text = [&](const char* name) {
    const Napi::Value property = object.Get(name);
    return property.IsString() ? property.As<Napi::String>().Utf8Value() : std::string();
  };
  const Napi::Value large = object.Get("largePersist");
  if (!large.IsNumber()) return false;
  const std::int32_t most = large.As<Napi::Number>().Int32Value();
  if (most >= 0 && most <= 2) request->large_persist = static_cast<LargePersist>(most);
  request->source.sysfs_root = text("sysfsRoot");
  request->proc_root = text("procRoot");
  request->instructions = {text("flush"), text("copy")};
  return !request->source.sysfs_root.empty() && !request->proc_root.empty();
}

// (path, creation, readOnly, size, capacity, demanded, forced, overrides, beside)
Status read_request(const Napi::CallbackInfo& info, Region::Request* request) {
  const auto is_number = [&](std::size_t index) { return info[index].IsNumber(); };
  const auto integer = [&](std::size_t index) { return info[index].As<Napi::Number>().Int32Value(); };
  const auto number = [&](std::size_t index) { return info[index].As<Napi::Number>().DoubleValue(); };
  if (!info[0].IsString() || !is_number(1) || !info[2].IsBoolean() || !is_number(3) || !is_number(4) || !is_number(5) ||
      !is_number(6) || !read_overrides(info[7], request) || !info[8].IsBoolean() || integer(1) < 0 || integer(1) > 4) {
    return Status::wrong_type;
  }
  request->source.path = info[0].As<Napi::String>().Utf8Value();
  if (request->source.path.empty()) return Status::wrong_type;
  request->source.creation = static_cast<Creation>(integer(1));
  request->source.read_only = info[2].As<Napi::Boolean>().Value();
  request->source.beside = info[8].As<Napi::Boolean>().Value();
  request->demanded = read_granularity(integer(5));
  request->forced = read_granularity(integer(6));
  const bool whole = to_integer(number(3), &request->source.size) && to_integer(number(4), &request->capacity);
  return whole ? Status::ok : Status::out_of_range;
}

napi_value take_over(napi_env env, Environment& environment, Opened opened) {
  if (!opened.ok()) return make_failure(env, opened.failure());
  const Region& region = *opened.value();
  const std::uint32_t handle = environment.add(std::move(opened.value()));
  return make_region(env, handle, region);
}

class OpenWork : public Work {
 public:
  explicit OpenWork(Region::Request request) : request_(std::move(request)) {
    request_.source.stop = [this] { return stopped(); };
  }
  void run() noexcept override { opened_ = Region::open(request_); }
  napi_value outcome(napi_env env, Environment* environment) override {
    // Without an environment nobody can close it but this object's end.
    if (environment == nullptr) return nullptr;
    if (stopped() || !opened_) return make_failure(env, Failure{Status::stopped});
    return take_over(env, *environment, std::move(*opened_));
  }

 private:
  Region::Request request_;
  // Nothing until it has run.
  std::optional<Opened> opened_;
};

class GrowWork : public Work {
 public:
  GrowWork(std::shared_ptr<Region> region, std::uint64_t length) : region_(std::move(region)), length_(length) {}
  void run() noexcept override {
    if (!region_->pin()) return;
    grown_ = region_->grow(length_, [this] { return stopped(); });
    if (!grown_.ok() && region_->writable() == Status::closed) grown_ = Failure{Status::closed};
    region_->unpin();
  }
  napi_value outcome(napi_env env, Environment*) override {
    if (!grown_.ok()) return make_failure(env, grown_.failure());
    return Napi::Env(env).Undefined();
  }

 private:
  std::shared_ptr<Region> region_;
  std::uint64_t length_;
  Result<> grown_ = Failure{Status::closed};
};

// What remains of a closing that JavaScript has forgotten already. Where it never runs, the region's end does it.
class CloseWork : public Work {
 public:
  explicit CloseWork(std::shared_ptr<Region> region) : region_(std::move(region)) {}
  void run() noexcept override { region_->close(); }
  napi_value outcome(napi_env env, Environment*) override { return Napi::Env(env).Undefined(); }

 private:
  std::shared_ptr<Region> region_;
};

// Of (handle): takes the region out of JavaScript's reach, its views first. Null if it is closed.
std::shared_ptr<Region> forget(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  OpenRegion* open = find(env, arguments.data, arguments.values[0]);
  if (open == nullptr) return nullptr;
  open->views->detach_all(env);
  std::shared_ptr<Region> region = open->region;
  std::int32_t handle = -1;
  napi_get_value_int32(env, arguments.values[0], &handle);
  static_cast<Environment*>(arguments.data)->remove(handle);
  return region;
}

// Of (handle, length).
Status read_growth(napi_env env, const Arguments<2>& arguments, OpenRegion** open, std::uint64_t* length) {
  *open = find(env, arguments.data, arguments.values[0]);
  if (*open == nullptr) return Status::closed;
  double number = 0;
  if (napi_get_value_double(env, arguments.values[1], &number) != napi_ok) return Status::wrong_type;
  return to_integer(number, length) ? Status::ok : Status::out_of_range;
}

}  // namespace

// open(path, creation, readOnly, size, capacity, demanded, forced, overrides): an object with status 0 and the region's
// facts, or with the status and facts of the failure.
napi_value open(napi_env env, napi_callback_info raw) {
  const Napi::CallbackInfo info(env, raw);
  Region::Request request;
  if (const Status read = read_request(info, &request); read != Status::ok) return make_failure(env, Failure{read});
  return take_over(env, *static_cast<Environment*>(info.Data()), Region::open(request));
}

// openAsync(...): `{ job, outcome }`, whose promise gives what `open` answers, or that answer itself.
napi_value open_async(napi_env env, napi_callback_info raw) {
  const Napi::CallbackInfo info(env, raw);
  Region::Request request;
  if (const Status read = read_request(info, &request); read != Status::ok) return make_failure(env, Failure{read});
  const auto& works = static_cast<Environment*>(info.Data())->works();
  napi_value started = start_work(env, works, std::make_unique<OpenWork>(std::move(request)), nullptr);
  return started != nullptr ? started : make_failure(env, Failure{Status::system, 0, "queue"});
}

// close(handle): detaches every view first, so that nothing in JavaScript reaches the memory when it goes.
napi_value close(napi_env env, napi_callback_info info) {
  const std::shared_ptr<Region> region = forget(env, info);
  if (region != nullptr) region->close();
  return nullptr;
}

// closeAsync(handle): as `close`, but for what may take long: `{ job, outcome }`, or undefined where nothing is left to
// do.
napi_value close_async(napi_env env, napi_callback_info info) {
  std::shared_ptr<Region> region = forget(env, info);
  if (region == nullptr) return nullptr;
  region->begin_close();
  const auto& works = static_cast<Environment*>(Arguments<1>(env, info).data)->works();
  napi_value started = start_work(env, works, std::make_unique<CloseWork>(region), nullptr);
  if (started == nullptr) region->close();
  return started;
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
  OpenRegion* open = nullptr;
  std::uint64_t length = 0;
  const Status read = read_growth(env, arguments, &open, &length);
  if (read != Status::ok) return make_failure(env, Failure{read});
  Result<> grown = open->region->grow(length);
  return grown.ok() ? nullptr : static_cast<napi_value>(make_failure(env, grown.failure()));
}

// growAsync(handle, length): `{ job, outcome }`, whose promise gives what `grow` answers, or that answer itself.
napi_value grow_async(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  OpenRegion* open = nullptr;
  std::uint64_t length = 0;
  const Status read = read_growth(env, arguments, &open, &length);
  if (read != Status::ok) return make_failure(env, Failure{read});
  const auto& works = static_cast<Environment*>(arguments.data)->works();
  napi_value started = start_work(env, works, std::make_unique<GrowWork>(open->region, length), nullptr);
  return started != nullptr ? started : make_failure(env, Failure{Status::system, 0, "queue"});
}

// mark(handle, verb, from, to): sets (0) or clears (1) the mark `from`, or asks (2) whether another opener holds one
// from `from` up to `to`. The answer, 0 or 1, or a negated errno value; undefined for a closed region.
napi_value mark(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  const OpenRegion* open = find(env, arguments.data, arguments.values[0]);
  if (open == nullptr) return nullptr;
  std::int32_t verb = 0;
  double from_number = 0, to_number = 0;
  std::uint64_t from = 0, to = 0;
  const bool typed = napi_get_value_int32(env, arguments.values[1], &verb) == napi_ok &&
                     napi_get_value_double(env, arguments.values[2], &from_number) == napi_ok &&
                     napi_get_value_double(env, arguments.values[3], &to_number) == napi_ok;
  if (!typed || !to_integer(from_number, &from) || !to_integer(to_number, &to)) return make_number(env, -EINVAL);
  const int descriptor = open->region->source().descriptor();
  bool found = false;
  int error_number = 0;
  if (verb == 0) error_number = os::set_mark(descriptor, from);
  if (verb == 1) error_number = os::clear_mark(descriptor, from);
  if (verb == 2) error_number = os::find_mark(descriptor, from, to, &found);
  return make_number(env, error_number == 0 ? static_cast<double>(found) : -error_number);
}

// trouble(handle): what the region remembers of a failed sync or a fault.
napi_value trouble(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const OpenRegion* open = find(env, arguments.data, arguments.values[0]);
  return open == nullptr ? nullptr : static_cast<napi_value>(make_trouble(env, *open->region));
}

}  // namespace nodemm::napi
