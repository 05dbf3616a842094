#include "views.h"

namespace nodemm::napi {

napi_value ViewTable::buffer_of(napi_env env, const Record& record) {
  napi_value buffer = nullptr;
  if (record.reference == nullptr || napi_get_reference_value(env, record.reference, &buffer) != napi_ok)
    return nullptr;
  return buffer;
}

Status ViewTable::view(napi_env env, const std::shared_ptr<Region>& region, std::uint64_t offset, std::uint64_t length,
                       std::uint64_t most_bytes, napi_value* buffer) {
  if (length > most_bytes) return Status::view_too_large;
  if (length == 0) {
    // No memory, hence nothing to track.
    void* nothing = nullptr;
    return napi_create_arraybuffer(env, 0, &nothing, buffer) == napi_ok ? Status::ok : Status::system;
  }
  const Range range(offset, length);
  if (const auto found = live_.find(range); found != live_.end()) {
    Record& record = *found->second;
    bool detached = true;
    *buffer = buffer_of(env, record);
    if (*buffer != nullptr) napi_is_detached_arraybuffer(env, *buffer, &detached);
    if (!detached) return Status::ok;
    // Collected or detached by its holder; the finalizer, still to come, finds another record in its place or none.
    live_.erase(found);
  }

  auto record = std::make_unique<Record>(Record{region, shared_from_this(), range});
  const napi_status made =
      napi_create_external_arraybuffer(env, region->base() + offset, length, finalize, record.get(), buffer);
  // From here the finalizer owns the record: the runtime runs it even for a buffer that it then failed to make.
  Record* owned = record.release();
  if (made == napi_no_external_buffers_allowed) {
    // The one failure that comes before the runtime has taken notice of the finalizer.
    record.reset(owned);
    return Status::views_forbidden;
  }
  if (made != napi_ok) return Status::view_too_large;
  if (napi_create_reference(env, *buffer, 0, &owned->reference) != napi_ok) {
    napi_detach_arraybuffer(env, *buffer);
    return Status::system;
  }
  live_.emplace(range, owned);
  return Status::ok;
}

void ViewTable::finalize(napi_env env, void*, void* hint) {
  const std::unique_ptr<Record> record(static_cast<Record*>(hint));
  const auto found = record->table->live_.find(record->range);
  if (found != record->table->live_.end() && found->second == record.get()) record->table->live_.erase(found);
  if (record->reference != nullptr) napi_delete_reference(env, record->reference);
}

void ViewTable::detach(napi_env env, Record& record) {
  if (napi_value buffer = buffer_of(env, record); buffer != nullptr) napi_detach_arraybuffer(env, buffer);
}

Status ViewTable::release(napi_env env, const Region& region, napi_value buffer) {
  bool is_buffer = false;
  if (napi_is_arraybuffer(env, buffer, &is_buffer) != napi_ok || !is_buffer) return Status::foreign_view;
  bool detached = false;
  if (napi_is_detached_arraybuffer(env, buffer, &detached) == napi_ok && detached) return Status::ok;
  void* data = nullptr;
  std::size_t length = 0;
  if (napi_get_arraybuffer_info(env, buffer, &data, &length) != napi_ok) return Status::foreign_view;
  // Empty views are not tracked, and there is nothing to take away from any empty buffer.
  if (length == 0) return Status::ok;
  const std::uint64_t offset = reinterpret_cast<std::uintptr_t>(data) - reinterpret_cast<std::uintptr_t>(region.base());
  const auto found = live_.find(Range(offset, length));
  if (found == live_.end()) return Status::foreign_view;
  napi_value known = buffer_of(env, *found->second);
  bool same = false;
  if (known == nullptr || napi_strict_equals(env, known, buffer, &same) != napi_ok || !same)
    return Status::foreign_view;
  Record& record = *found->second;
  live_.erase(found);
  detach(env, record);
  return Status::ok;
}

void ViewTable::detach_all(napi_env env) {
  // Detaching may run finalizers, which look into the table: hand them an empty one.
  std::map<Range, Record*> leaving;
  leaving.swap(live_);
  for (const auto& [range, record] : leaving) detach(env, *record);
}

}  // namespace nodemm::napi
