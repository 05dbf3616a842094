// What runs on the thread pool. JavaScript gets a number, by which it can stop the work, and a promise of its outcome.
//
// Invariants: a work is started once, and freed on its environment's own thread, whether it ran, was cancelled, or the
// environment is ending; `run` is called on another thread, hence touches no Node-API.
#pragma once

#include <node_api.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "../core/status.h"

namespace nodemm::napi {

class Environment;

class Work {
 public:
  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  virtual ~Work() = default;

  virtual void run() noexcept = 0;
  // What the promise is fulfilled with. `environment` is null where the environment has ended before the work.
  virtual napi_value outcome(napi_env env, Environment* environment) = 0;
  // From the environment's thread, at any time until `outcome`: lets the step in progress be the last.
  virtual void stop() noexcept { stopped_.store(true, std::memory_order_relaxed); }

 protected:
  [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> stopped_{false};
};

// The works of one environment. Shared, since the last may end after the environment.
struct Works {
  std::unordered_map<std::uint32_t, Work*> running;
  std::uint32_t next = 0;
  Environment* environment = nullptr;
};

// How a verb ended: `figure` and `error_number` as of `Region::Piece`.
struct Outcome {
  Status status;
  std::uint64_t completed_bytes;
  std::uint64_t figure = 0;
  int error_number = 0;
};

// Null where the runtime refuses.
napi_value make_outcome(napi_env env, const Outcome& outcome);

// `{ job, outcome }`, or null where the runtime refuses. `kept` is an object to be kept from collection, or null.
napi_value start_work(napi_env env, const std::shared_ptr<Works>& works, std::unique_ptr<Work> work, napi_value kept);

}  // namespace nodemm::napi
