// What one JavaScript environment (the main thread or a worker) has open. Environments share nothing: a region belongs
// to the one that opened it, and goes with it.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "../core/region.h"
#include "shared_views.h"
#include "views.h"
#include "work.h"

namespace nodemm::napi {

struct OpenRegion {
  std::shared_ptr<Region> region;
  std::shared_ptr<ViewTable> views;
  std::shared_ptr<SharedViews> shared_views;
};

// Numbers on their way between JavaScript and a verb, in memory that both see: `frame[0]` is the region's handle, the
// rest the arguments in order; a result comes back in `frame[0]`. Reading each argument through Node-API would cost
// more than all else in a short call.
constexpr std::size_t kFrameNumbers = 6;

class Environment {
 public:
  Environment(double* frame, std::uint64_t most_view_bytes) : frame_(frame), most_view_bytes_(most_view_bytes) {
    works_->environment = this;
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  // Closes what is still open, so that locks are free when a worker has ended.
  ~Environment();

  // The number by which JavaScript knows the region. Numbers are used again after `remove`.
  std::uint32_t add(std::shared_ptr<Region> region);
  // Null for a number that is not in use.
  OpenRegion* find(std::int32_t handle) {
    const auto index = static_cast<std::uint32_t>(handle);
    return index < open_.size() && open_[index].region != nullptr ? &open_[index] : nullptr;
  }
  void remove(std::int32_t handle);
  // The open regions that these sources lie in, each once. Who reads the sources on another thread holds them: closing
  // a region detaches the buffers over it, which then no longer hold its addresses.
  [[nodiscard]] std::vector<std::shared_ptr<Region>> regions_of(const std::vector<Region::Copy>& copies) const;
  [[nodiscard]] double* frame() const { return frame_; }
  [[nodiscard]] const std::shared_ptr<Works>& works() const { return works_; }
  // The longest buffer that this runtime makes over outside memory.
  [[nodiscard]] std::uint64_t most_view_bytes() const { return most_view_bytes_; }

 private:
  std::vector<OpenRegion> open_;
  std::vector<std::uint32_t> unused_;
  std::shared_ptr<Works> works_ = std::make_shared<Works>();
  double* frame_;
  std::uint64_t most_view_bytes_;
};

}  // namespace nodemm::napi
