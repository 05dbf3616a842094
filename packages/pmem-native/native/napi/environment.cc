#include "environment.h"

#include <algorithm>

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

std::vector<std::shared_ptr<Region>> Environment::regions_of(const std::vector<Region::Copy>& copies) const {
  std::vector<std::shared_ptr<Region>> regions;
  for (const OpenRegion& open : open_) {
    if (open.region == nullptr) continue;
    const auto base = reinterpret_cast<std::uintptr_t>(open.region->base());
    const bool holds = std::any_of(copies.begin(), copies.end(), [&](const Region::Copy& copy) {
      return copy.length > 0 && reinterpret_cast<std::uintptr_t>(copy.source) - base < open.region->capacity();
    });
    if (holds) regions.push_back(open.region);
  }
  return regions;
}

}  // namespace nodemm::napi
