#include "environment.h"

namespace nodemm::napi {

Environment::~Environment() {
  works_->environment = nullptr;
  for (OpenRegion& open : open_) {
    if (open.region == nullptr) continue;
    open.views->forget_all();
    open.region->close();
  }
}

std::uint32_t Environment::add(std::shared_ptr<Region> region) {
  OpenRegion open{std::move(region), std::make_shared<ViewTable>(), std::make_shared<SharedViews>()};
  if (!unused_.empty()) {
    const std::uint32_t index = unused_.back();
    unused_.pop_back();
    open_[index] = std::move(open);
    return index;
  }
  open_.push_back(std::move(open));
  return static_cast<std::uint32_t>(open_.size() - 1);
}

void Environment::remove(std::int32_t handle) {
  open_[static_cast<std::uint32_t>(handle)] = OpenRegion{};
  unused_.push_back(static_cast<std::uint32_t>(handle));
}

}  // namespace nodemm::napi
