#include "work.h"

#include "arguments.h"

namespace nodemm::napi {
namespace {

struct Job {
  std::unique_ptr<Work> work;
  std::shared_ptr<Works> works;
  std::uint32_t number = 0;
  napi_async_work handle = nullptr;
  napi_deferred deferred = nullptr;
  napi_ref kept = nullptr;

  // Before the job is queued.
  void undo(napi_env env) const {
    if (kept != nullptr) napi_delete_reference(env, kept);
    if (handle != nullptr) napi_delete_async_work(env, handle);
  }
};

void execute(napi_env, void* data) { static_cast<Job*>(data)->work->run(); }

void complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  job->works->running.erase(job->number);
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  // An ending environment may refuse to make values; nobody waits for them either.
  napi_value outcome = job->work->outcome(env, job->works->environment);
  if (outcome != nullptr) napi_resolve_deferred(env, job->deferred, outcome);
  job->undo(env);
  napi_close_handle_scope(env, scope);
}

}  // namespace

napi_value make_outcome(napi_env env, const Outcome& outcome) {
  napi_value result = nullptr;
  if (napi_create_object(env, &result) != napi_ok) return nullptr;
  set(env, result, "status", make_number(env, static_cast<double>(outcome.status)));
  set(env, result, "completedBytes", make_number(env, static_cast<double>(outcome.completed_bytes)));
  set(env, result, "figure", make_number(env, static_cast<double>(outcome.figure)));
  set(env, result, "errorNumber", make_number(env, outcome.error_number));
  return result;
}

napi_value start_work(napi_env env, const std::shared_ptr<Works>& works, std::unique_ptr<Work> work, napi_value kept) {
  auto job = std::make_unique<Job>();
  job->work = std::move(work);
  job->works = works;
  napi_value promise = nullptr, name = nullptr, result = nullptr;
  const bool queued =
      napi_create_string_utf8(env, "nodemm:region", NAPI_AUTO_LENGTH, &name) == napi_ok &&
      napi_create_object(env, &result) == napi_ok &&
      napi_create_async_work(env, nullptr, name, execute, complete, job.get(), &job->handle) == napi_ok &&
      (kept == nullptr || napi_create_reference(env, kept, 1, &job->kept) == napi_ok) &&
      napi_create_promise(env, &job->deferred, &promise) == napi_ok &&
      napi_queue_async_work(env, job->handle) == napi_ok;
  if (!queued) {
    job->undo(env);
    return nullptr;
  }
  // From here `complete` owns it; it runs on this thread, hence not before this function has returned.
  Job* running = job.release();
  running->number = works->next++;
  works->running.emplace(running->number, running->work.get());
  set(env, result, "job", make_number(env, running->number));
  set(env, result, "outcome", promise);
  return result;
}

}  // namespace nodemm::napi
