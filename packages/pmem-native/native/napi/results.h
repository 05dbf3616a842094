// What calls that are made once a region answer, as objects. With node-addon-api, as all that is not in the hot path.
#pragma once

#include <napi.h>

#include <cstdint>

#include "../core/region.h"

namespace nodemm::napi {

Napi::Value make_failure(Napi::Env env, const Failure& failure);
Napi::Value make_region(Napi::Env env, std::uint32_t handle, const Region& region);
// What a region that answers sync_failed or fault remembers of it.
Napi::Value make_trouble(Napi::Env env, const Region& region);

}  // namespace nodemm::napi
