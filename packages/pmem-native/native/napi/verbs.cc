#include "arguments.h"
#include "calls.h"
#include "environment.h"

namespace nodemm::napi {
namespace {

napi_value answer(napi_env env, Status status) {
  if (status == Status::ok) return nullptr;  // undefined, without making a value
  return make_number(env, static_cast<double>(status));
}

// The arguments of a verb: a region's handle, then numbers, then others.
template <std::size_t numbers, std::size_t others = 0>
struct Verb {
  Arguments<1 + numbers + others> arguments;
  OpenRegion* open = nullptr;
  std::uint64_t number[numbers == 0 ? 1 : numbers] = {};

  Verb(napi_env env, napi_callback_info info) : arguments(env, info) {}

  // In the contract's order: closed before misuse, wrong types before wrong values.
  Status parse(napi_env env) {
    std::int32_t handle = -1;
    if (napi_get_value_int32(env, arguments.values[0], &handle) != napi_ok) return Status::wrong_type;
    open = static_cast<Environment*>(arguments.data)->find(handle);
    if (open == nullptr) return Status::closed;
    bool whole = true;
    for (std::size_t index = 0; index < numbers; index++) {
      double value;
      if (napi_get_value_double(env, arguments.values[index + 1], &value) != napi_ok) return Status::wrong_type;
      whole &= to_integer(value, &number[index]);
    }
    return whole ? Status::ok : Status::out_of_range;
  }
};

constexpr std::uint64_t kMaxUint32 = 0xffffffff;

// The bytes of a TypedArray, Buffer or DataView.
Status bytes_of(napi_env env, napi_value source, const std::byte** bytes, std::uint64_t* length) {
  void* data = nullptr;
  std::size_t count = 0;
  bool matches = false;
  if (napi_is_typedarray(env, source, &matches) == napi_ok && matches) {
    auto type = static_cast<napi_typedarray_type>(-1);
    if (napi_get_typedarray_info(env, source, &type, &count, &data, nullptr, nullptr) != napi_ok) {
      return Status::wrong_type;
    }
    std::size_t size = 0;
    switch (type) {
      case napi_int8_array:
      case napi_uint8_array:
      case napi_uint8_clamped_array:
        size = 1;
        break;
      case napi_int16_array:
      case napi_uint16_array:
        size = 2;
        break;
      case napi_int32_array:
      case napi_uint32_array:
      case napi_float32_array:
        size = 4;
        break;
      case napi_float64_array:
      case napi_bigint64_array:
      case napi_biguint64_array:
        size = 8;
        break;
      default:
        // An element type that this version of Node-API does not name: JavaScript passes a Uint8Array over it instead.
        return Status::unsupported;
    }
    *length = count * size;
  } else if (napi_is_dataview(env, source, &matches) == napi_ok && matches) {
    if (napi_get_dataview_info(env, source, &count, &data, nullptr, nullptr) != napi_ok) return Status::wrong_type;
    *length = count;
  } else {
    return Status::wrong_type;
  }
  *bytes = static_cast<const std::byte*>(data);
  return Status::ok;
}

}  // namespace

napi_value flush(napi_env env, napi_callback_info info) {
  Verb<2> verb(env, info);
  if (const Status parsed = verb.parse(env); parsed != Status::ok) return answer(env, parsed);
  return answer(env, verb.open->region->flush(verb.number[0], verb.number[1]));
}

napi_value drain(napi_env env, napi_callback_info info) {
  Verb<0> verb(env, info);
  if (const Status parsed = verb.parse(env); parsed != Status::ok) return answer(env, parsed);
  return answer(env, verb.open->region->drain());
}

napi_value persist(napi_env env, napi_callback_info info) {
  Verb<2> verb(env, info);
  if (const Status parsed = verb.parse(env); parsed != Status::ok) return answer(env, parsed);
  return answer(env, verb.open->region->persist(verb.number[0], verb.number[1]));
}

napi_value copy(napi_env env, napi_callback_info info) {
  Verb<1, 1> verb(env, info);
  const Status parsed = verb.parse(env);
  if (parsed != Status::ok && parsed != Status::out_of_range) return answer(env, parsed);
  const std::byte* bytes = nullptr;
  std::uint64_t length = 0;
  const Status read = bytes_of(env, verb.arguments.values[2], &bytes, &length);
  if (read != Status::ok) return answer(env, read);
  if (parsed != Status::ok) return answer(env, parsed);
  return answer(env, verb.open->region->copy(verb.number[0], bytes, length));
}

napi_value copy_within(napi_env env, napi_callback_info info) {
  Verb<3> verb(env, info);
  if (const Status parsed = verb.parse(env); parsed != Status::ok) return answer(env, parsed);
  return answer(env, verb.open->region->copy_within(verb.number[0], verb.number[1], verb.number[2]));
}

napi_value fill(napi_env env, napi_callback_info info) {
  Verb<3> verb(env, info);
  if (const Status parsed = verb.parse(env); parsed != Status::ok) return answer(env, parsed);
  if (verb.number[2] > 0xff) return answer(env, Status::out_of_range);
  const auto byte = static_cast<std::uint8_t>(verb.number[2]);
  return answer(env, verb.open->region->fill(verb.number[0], verb.number[1], byte));
}

napi_value publish(napi_env env, napi_callback_info info) {
  Verb<3> verb(env, info);
  if (const Status parsed = verb.parse(env); parsed != Status::ok) return answer(env, parsed);
  if (verb.number[1] > kMaxUint32 || verb.number[2] > kMaxUint32) return answer(env, Status::out_of_range);
  return answer(env, verb.open->region->publish(verb.number[0], verb.number[2] << 32 | verb.number[1]));
}

napi_value crc32c(napi_env env, napi_callback_info info) {
  Verb<3> verb(env, info);
  Status status = verb.parse(env);
  std::uint32_t sum = 0;
  if (status == Status::ok && verb.number[2] > kMaxUint32) status = Status::out_of_range;
  if (status == Status::ok) {
    const auto initial = static_cast<std::uint32_t>(verb.number[2]);
    status = verb.open->region->crc32c(verb.number[0], verb.number[1], initial, &sum);
  }
  return make_number(env, status == Status::ok ? static_cast<double>(sum) : -static_cast<double>(status));
}

}  // namespace nodemm::napi
