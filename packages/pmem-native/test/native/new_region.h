#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "../../native/core/region.h"
#include "check.h"

// A region of so many bytes, in a file of its own; null, and a failed check, where there can be none.
inline std::shared_ptr<nodemm::Region> new_region(std::uint64_t size, std::optional<nodemm::Granularity> forced) {
  nodemm::Region::Request request;
  request.source.path = check::fresh_folder("/dev/shm") + "/file";
  request.source.creation = nodemm::Creation::create;
  request.source.size = size;
  request.forced = forced;
  auto opened = nodemm::Region::open(request);
  CHECK(opened.ok());
  return opened.ok() ? opened.value() : nullptr;
}
