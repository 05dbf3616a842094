// Reading what JavaScript handed in. Nothing of it is trusted.
#pragma once

#include <node_api.h>

#include "../core/layout.h"

namespace nodemm::napi {

// Numbers travel through a Float64Array that both sides see: see `frame` in src/native/binding.ts.
constexpr std::size_t kFrameNumbers = 80;

// The elements of a typed array; false for anything else, and for types that no kernel has.
bool read_elements(napi_env env, napi_value value, Elements& elements) noexcept;

// A whole number from -(2^53 - 1) to 2^53 - 1.
bool read_whole(double number, std::int64_t& whole) noexcept;
// From 0 on.
bool read_count(double number, std::uint64_t& count) noexcept;

// The frame of `binary` and `matmul`, from `numbers` on: so many lengths, and for each of three windows its offset and
// its steps. The windows' elements are the typed arrays from `arguments` on. Anything but ok: nothing may be computed.
Status read_windows(napi_env env, const napi_value* arguments, const double* numbers, std::size_t lengths,
                    std::uint64_t* length, std::size_t steps, Window (&windows)[3]) noexcept;

// A small number that names an operation, below `limit`.
bool read_code(napi_env env, napi_value value, std::uint32_t limit, std::uint32_t& code) noexcept;

// What a call answers where it has no value: undefined for ok, else the status as a number.
napi_value answer(napi_env env, Status status) noexcept;

}  // namespace nodemm::napi
