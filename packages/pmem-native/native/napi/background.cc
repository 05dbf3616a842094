// The verbs that run on the thread pool. Each start makes one `Job`, which the runtime frees in `complete`, on the
// environment's own thread, whether the work ran, was cancelled, or the environment is ending.
#include "../core/background.h"

#include <memory>

#include "arguments.h"
#include "calls.h"
#include "environment.h"

namespace nodemm::napi {
namespace {

struct Job {
  std::shared_ptr<Background> background;
  std::shared_ptr<Jobs> jobs;
  std::uint32_t number = 0;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  // Keeps the source's memory from being collected.
  napi_ref source = nullptr;
};

void execute(napi_env, void* data) { static_cast<Job*>(data)->background->run(); }

void complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  job->jobs->running.erase(job->number);
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value result = nullptr;
  // An ending environment makes no values; nobody waits for them either.
  if (napi_create_object(env, &result) == napi_ok) {
    set(env, result, "status", make_number(env, static_cast<double>(job->background->status())));
    set(env, result, "completedBytes", make_number(env, static_cast<double>(job->background->completed_bytes())));
    napi_resolve_deferred(env, job->deferred, result);
  }
  if (job->source != nullptr) napi_delete_reference(env, job->source);
  napi_delete_async_work(env, job->work);
  napi_close_handle_scope(env, scope);
}

// The bytes of a Uint8Array; nothing for undefined.
Status read_source(napi_env env, napi_value value, Region::Piece* piece) {
  auto kind = napi_undefined;
  if (napi_typeof(env, value, &kind) == napi_ok && kind == napi_undefined) return Status::ok;
  bool matches = false;
  auto type = napi_int8_array;
  std::size_t length = 0;
  void* data = nullptr;
  if (napi_is_typedarray(env, value, &matches) != napi_ok || !matches ||
      napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    return Status::wrong_type;
  }
  piece->source = static_cast<const std::byte*>(data);
  piece->length = length;
  return Status::ok;
}

napi_value answer(napi_env env, Status status) { return make_number(env, static_cast<double>(status)); }

}  // namespace

// start(handle, verb, offset, length, byte, source): an object with the job's number and a promise of its outcome, or a
// status.
napi_value start(napi_env env, napi_callback_info info) {
  const Arguments<6> arguments(env, info);
  auto* environment = static_cast<Environment*>(arguments.data);
  std::int32_t handle = -1, verb = 0;
  napi_get_value_int32(env, arguments.values[0], &handle);
  OpenRegion* open = environment->find(handle);
  if (open == nullptr) return answer(env, Status::closed);
  double numbers[3] = {};
  for (std::size_t index = 0; index < 3; index++) {
    if (napi_get_value_double(env, arguments.values[index + 2], &numbers[index]) != napi_ok) {
      return answer(env, Status::wrong_type);
    }
  }
  Region::Piece piece;
  std::uint64_t byte = 0;
  if (napi_get_value_int32(env, arguments.values[1], &verb) != napi_ok || verb < 0 || verb > 2 ||
      !to_integer(numbers[0], &piece.offset) || !to_integer(numbers[1], &piece.length) ||
      !to_integer(numbers[2], &byte) || byte > 0xff) {
    return answer(env, Status::out_of_range);
  }
  piece.verb = static_cast<Region::Piece::Verb>(verb);
  piece.byte = static_cast<std::uint8_t>(byte);
  if (piece.verb == Region::Piece::Verb::copy) {
    piece.length = 0;
    if (const Status read = read_source(env, arguments.values[5], &piece); read != Status::ok) return answer(env, read);
  }
  auto job = std::make_unique<Job>();
  job->background = std::make_shared<Background>(open->region, piece);
  if (const Status checked = job->background->check(); checked != Status::ok) return answer(env, checked);
  job->jobs = environment->jobs();
  napi_value promise = nullptr, name = nullptr, result = nullptr;
  if (napi_create_string_utf8(env, "nodemm:region", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_object(env, &result) != napi_ok ||
      napi_create_async_work(env, nullptr, name, execute, complete, job.get(), &job->work) != napi_ok) {
    return answer(env, Status::system);
  }
  if (piece.source != nullptr && napi_create_reference(env, arguments.values[5], 1, &job->source) != napi_ok) {
    napi_delete_async_work(env, job->work);
    return answer(env, Status::system);
  }
  if (napi_create_promise(env, &job->deferred, &promise) != napi_ok ||
      napi_queue_async_work(env, job->work) != napi_ok) {
    if (job->source != nullptr) napi_delete_reference(env, job->source);
    napi_delete_async_work(env, job->work);
    return answer(env, Status::system);
  }
  // From here `complete` owns it; it runs on this thread, hence not before this function has returned.
  Job* running = job.release();
  running->number = running->jobs->next++;
  running->jobs->running.emplace(running->number, running->background);
  set(env, result, "job", make_number(env, running->number));
  set(env, result, "outcome", promise);
  return result;
}

// stop(job): lets the piece in progress be the last. Of a job that has ended, nothing.
napi_value stop(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  std::uint32_t number = 0;
  if (napi_get_value_uint32(env, arguments.values[0], &number) != napi_ok) return nullptr;
  const Jobs& jobs = *static_cast<Environment*>(arguments.data)->jobs();
  if (const auto found = jobs.running.find(number); found != jobs.running.end()) found->second->stop();
  return nullptr;
}

}  // namespace nodemm::napi
