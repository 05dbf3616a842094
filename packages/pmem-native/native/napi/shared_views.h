// The SharedArrayBuffers over one region.
//
// Invariants: a buffer cannot be detached, and any thread may hold it; each has one record, which holds the region, so
// that the region's addresses outlive every buffer (after `Region::close` as zero pages). The record dies in the
// buffer's finalizer, which the runtime runs on any thread once nobody holds the buffer, also after the environment is
// gone.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>

#include "../core/region.h"

namespace nodemm::napi {

class SharedViews : public std::enable_shared_from_this<SharedViews> {
 public:
  // Whether this runtime can make such buffers.
  static bool available();

  // A new buffer over a range that lies inside the region. `*buffer` is set when the status is ok.
  Status view(napi_env env, const std::shared_ptr<Region>& region, std::uint64_t offset, std::uint64_t length,
              napi_value* buffer);
  // Whether a buffer over a byte of the range lives.
  bool covers(std::uint64_t offset, std::uint64_t length) const;

 private:
  struct Record {
    std::shared_ptr<Region> region;
    std::shared_ptr<SharedViews> views;
    std::uint64_t offset;
    std::uint64_t length;
  };

  static void finalize(void* data, void* hint);

  mutable std::mutex changes_;
  std::set<Record*> live_;
};

}  // namespace nodemm::napi
