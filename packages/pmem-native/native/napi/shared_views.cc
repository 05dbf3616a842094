#include "shared_views.h"

#include <algorithm>

// Newer than the interface that the addon is built for, and not in every runtime that it is loaded into: a weak
// reference is null where the runtime has no such function.
extern "C" __attribute__((weak)) napi_status
node_api_create_external_sharedarraybuffer(napi_env env, void* data, std::size_t length,
                                           void (*finalize)(void* data, void* hint), void* hint, napi_value* result);

namespace nodemm::napi {

bool SharedViews::available() { return node_api_create_external_sharedarraybuffer != nullptr; }

Status SharedViews::view(napi_env env, const std::shared_ptr<Region>& region, std::uint64_t offset,
                         std::uint64_t length, napi_value* buffer) {
  if (!available()) return Status::unsupported;
  auto record = std::make_unique<Record>(Record{region, shared_from_this(), offset, length});
  {
    const std::lock_guard<std::mutex> hold(changes_);
    live_.insert(record.get());
  }
  const napi_status made =
      node_api_create_external_sharedarraybuffer(env, region->base() + offset, length, finalize, record.get(), buffer);
  // The finalizer owns the record now.
  Record* owned = record.release();
  if (made == napi_ok) return Status::ok;
  if (made != napi_no_external_buffers_allowed) return Status::system;
  // The one failure that is certain to come before the runtime has taken notice of the finalizer.
  finalize(nullptr, owned);
  return Status::views_forbidden;
}

bool SharedViews::covers(std::uint64_t offset, std::uint64_t length) const {
  if (length == 0) return false;
  const std::lock_guard<std::mutex> hold(changes_);
  return std::any_of(live_.begin(), live_.end(), [&](const Record* record) {
    return offset < record->offset + record->length && record->offset < offset + length;
  });
}

void SharedViews::finalize(void*, void* hint) {
  const std::unique_ptr<Record> record(static_cast<Record*>(hint));
  const std::shared_ptr<SharedViews> views = record->views;
  const std::lock_guard<std::mutex> hold(views->changes_);
  views->live_.erase(record.get());
}

}  // namespace nodemm::napi
