// Many ranges persisted on the thread pool; see core/persist_many.h.
#include "../core/persist_many.h"

#include <memory>
#include <utility>
#include <vector>

#include "arguments.h"
#include "calls.h"
#include "environment.h"

namespace nodemm::napi {
namespace {

class PersistManyWork : public Work {
 public:
  PersistManyWork(std::shared_ptr<Region> region, std::vector<Range> ranges)
      : persists_(std::move(region), std::move(ranges)) {}

  Status check() const { return persists_.check(); }
  void run() noexcept override { persists_.run(); }
  void stop() noexcept override { persists_.stop(); }
  napi_value outcome(napi_env env, Environment*) override {
    return make_outcome(env, {persists_.status(), persists_.completed_bytes()});
  }

 private:
  PersistMany persists_;
};

napi_value answer(napi_env env, Status status) { return make_number(env, static_cast<double>(status)); }

}  // namespace

// persistManyAsync(handle, ranges): an object with the job's number and a promise of its outcome, or a status. The
// ranges are copied.
napi_value persist_many_async(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  auto* environment = static_cast<Environment*>(arguments.data);
  std::int32_t handle = -1;
  napi_get_value_int32(env, arguments.values[0], &handle);
  OpenRegion* open = environment->find(handle);
  if (open == nullptr) return answer(env, Status::closed);
  auto type = napi_int8_array;
  std::size_t numbers = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, arguments.values[1], &type, &numbers, &data, nullptr, nullptr) != napi_ok ||
      type != napi_float64_array) {
    return answer(env, Status::wrong_type);
  }
  if (numbers % 2 != 0) return answer(env, Status::out_of_range);
  std::vector<Range> ranges;
  ranges.reserve(numbers / 2);
  const auto* pairs = static_cast<const double*>(data);
  for (std::size_t at = 0; at < numbers; at += 2) ranges.push_back(range_at(pairs + at));
  auto work = std::make_unique<PersistManyWork>(open->region, std::move(ranges));
  if (const Status checked = work->check(); checked != Status::ok) return answer(env, checked);
  napi_value started = start_work(env, environment->works(), std::move(work), nullptr);
  return started != nullptr ? started : answer(env, Status::system);
}

}  // namespace nodemm::napi
