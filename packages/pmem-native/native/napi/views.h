// The ArrayBuffers over one region.
//
// Invariants: every live buffer that `view` gave has one record here, found by its exact range; a record holds a weak
// reference to its buffer and a strong one to the region, so that the region's addresses outlive every buffer, whatever
// is collected first. A record dies in its buffer's finalizer and nowhere else, because the runtime may run that late:
// after detachment, after close, or while the environment goes down.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "../core/region.h"

namespace nodemm::napi {

class ViewTable : public std::enable_shared_from_this<ViewTable> {
 public:
  // A buffer over a range that lies inside the region. `*buffer` is set when the status is ok.
  Status view(napi_env env, const std::shared_ptr<Region>& region, std::uint64_t offset, std::uint64_t length,
              std::uint64_t most_bytes, napi_value* buffer);
  // Detaches one buffer. foreign_view where it is not one of ours.
  Status release(napi_env env, const Region& region, napi_value buffer);
  void detach_all(napi_env env);
  // The environment is going down: its references are the runtime's now.
  void forget_all() { live_.clear(); }

 private:
  using Range = std::pair<std::uint64_t, std::uint64_t>;
  struct Record {
    std::shared_ptr<Region> region;
    std::shared_ptr<ViewTable> table;
    Range range;
    napi_ref reference = nullptr;
  };

  static void finalize(napi_env env, void* data, void* hint);
  static napi_value buffer_of(napi_env env, const Record& record);
  static void detach(napi_env env, Record& record);

  std::map<Range, Record*> live_;
};

}  // namespace nodemm::napi
