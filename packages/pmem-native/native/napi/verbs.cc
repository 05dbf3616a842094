#include "arguments.h"
#include "calls.h"
#include "environment.h"

namespace nodemm::napi {
namespace {

napi_value answer(napi_env env, Status status) {
  if (status == Status::ok) return nullptr;  // undefined, without making a value
  return make_number(env, static_cast<double>(status));
}

// The status, or, of a system call that failed, its errno value as a negative number.
napi_value answer(napi_env env, Result<> result) {
  if (result.ok()) return nullptr;
  const Failure& failure = result.failure();
  if (failure.status != Status::system) return answer(env, failure.status);
  return make_number(env, -failure.error_number);
}

// The call of a verb: a region and whole numbers, out of the frame.
template <std::size_t numbers>
struct Verb {
  Environment* environment = nullptr;
  Region* region = nullptr;
  std::uint64_t number[numbers == 0 ? 1 : numbers] = {};

  // In the contract's order: closed before misuse.
  Status parse(void* data) {
    static_assert(numbers < kFrameNumbers);
    environment = static_cast<Environment*>(data);
    const double* frame = environment->frame();
    OpenRegion* open = environment->find(static_cast<std::int32_t>(frame[0]));
    if (open == nullptr) return Status::closed;
    region = open->region.get();
    // What is none is larger than anything that a verb takes.
    for (std::size_t index = 0; index < numbers; index++) number[index] = whole_number(frame[index + 1]);
    return Status::ok;
  }

  Status parse(napi_env env, napi_callback_info info) {
    void* data = nullptr;
    napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
    return parse(data);
  }
};

// Of a Float64Array with offsets and lengths in turn.
Status flush_ranges(napi_env env, napi_callback_info info, Region** region) {
  const Arguments<1> arguments(env, info);
  Verb<0> verb;
  if (const Status parsed = verb.parse(arguments.data); parsed != Status::ok) return parsed;
  *region = verb.region;
  auto type = napi_int8_array;
  std::size_t numbers = 0;
  void* ranges = nullptr;
  if (napi_get_typedarray_info(env, arguments.values[0], &type, &numbers, &ranges, nullptr, nullptr) != napi_ok ||
      type != napi_float64_array) {
    return Status::wrong_type;
  }
  if (numbers % 2 != 0) return Status::out_of_range;
  return verb.region->flush_many(static_cast<const double*>(ranges), numbers / 2);
}

constexpr std::uint64_t kMaxUint32 = 0xffffffff;

// The bytes of a TypedArray, Buffer or DataView.
Status bytes_of(napi_env env, napi_value source, const std::byte** bytes, std::uint64_t* length) {
  void* data = nullptr;
  std::size_t count = 0;
  auto type = static_cast<napi_typedarray_type>(-1);
  // Asked at once, without asking first whether it is one: that costs as much again.
  if (napi_get_typedarray_info(env, source, &type, &count, &data, nullptr, nullptr) == napi_ok) {
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
  } else if (napi_get_dataview_info(env, source, &count, &data, nullptr, nullptr) == napi_ok) {
    *length = count;
  } else {
    return Status::wrong_type;
  }
  *bytes = static_cast<const std::byte*>(data);
  return Status::ok;
}

}  // namespace

napi_value flush(napi_env env, napi_callback_info info) {
  Verb<2> verb;
  if (const Status parsed = verb.parse(env, info); parsed != Status::ok) return answer(env, parsed);
  return answer(env, verb.region->flush(verb.number[0], verb.number[1]));
}

napi_value drain(napi_env env, napi_callback_info info) {
  Verb<0> verb;
  if (const Status parsed = verb.parse(env, info); parsed != Status::ok) return answer(env, parsed);
  return answer(env, verb.region->drain());
}

napi_value persist(napi_env env, napi_callback_info info) {
  Verb<2> verb;
  if (const Status parsed = verb.parse(env, info); parsed != Status::ok) return answer(env, parsed);
  return answer(env, verb.region->persist(verb.number[0], verb.number[1]));
}

napi_value deep_flush(napi_env env, napi_callback_info info) {
  Verb<2> verb;
  if (const Status parsed = verb.parse(env, info); parsed != Status::ok) return answer(env, parsed);
  return answer(env, verb.region->deep_flush(verb.number[0], verb.number[1]));
}

napi_value prefault(napi_env env, napi_callback_info info) {
  Verb<2> verb;
  if (const Status parsed = verb.parse(env, info); parsed != Status::ok) return answer(env, parsed);
  return answer(env, verb.region->prefault(verb.number[0], verb.number[1]));
}

napi_value advise(napi_env env, napi_callback_info info) {
  Verb<3> verb;
  if (const Status parsed = verb.parse(env, info); parsed != Status::ok) return answer(env, parsed);
  if (verb.number[2] > static_cast<std::uint64_t>(Advice::random_now)) return answer(env, Status::out_of_range);
  return answer(env, verb.region->advise(static_cast<Advice>(verb.number[2]), verb.number[0], verb.number[1]));
}

napi_value flush_many(napi_env env, napi_callback_info info) {
  Region* region = nullptr;
  return answer(env, flush_ranges(env, info, &region));
}

napi_value persist_many(napi_env env, napi_callback_info info) {
  Region* region = nullptr;
  const Status flushed = flush_ranges(env, info, &region);
  return answer(env, flushed == Status::ok ? region->drain() : flushed);
}

napi_value copy(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Verb<1> verb;
  if (const Status parsed = verb.parse(arguments.data); parsed != Status::ok) return answer(env, parsed);
  const std::byte* bytes = nullptr;
  std::uint64_t length = 0;
  const Status read = bytes_of(env, arguments.values[0], &bytes, &length);
  if (read != Status::ok) return answer(env, read);
  return answer(env, verb.region->copy(verb.number[0], bytes, length));
}

napi_value copy_within(napi_env env, napi_callback_info info) {
  Verb<3> verb;
  if (const Status parsed = verb.parse(env, info); parsed != Status::ok) return answer(env, parsed);
  return answer(env, verb.region->copy_within(verb.number[0], verb.number[1], verb.number[2]));
}

napi_value copy_within_crc32c(napi_env env, napi_callback_info info) {
  Verb<4> verb;
  if (const Status parsed = verb.parse(env, info); parsed != Status::ok) return answer(env, parsed);
  if (verb.number[3] > kMaxUint32) return answer(env, Status::out_of_range);
  const auto initial = static_cast<std::uint32_t>(verb.number[3]);
  std::uint32_t sum = 0;
  const Status copied = verb.region->copy_within_summed(verb.number[0], verb.number[1], verb.number[2], initial, &sum);
  verb.environment->frame()[0] = sum;
  return answer(env, copied);
}

napi_value persist_record(napi_env env, napi_callback_info info) {
  Verb<5> verb;
  if (const Status parsed = verb.parse(env, info); parsed != Status::ok) return answer(env, parsed);
  if (verb.number[4] > kMaxUint32) return answer(env, Status::out_of_range);
  const Range head{verb.number[0], verb.number[1]}, source{verb.number[2], verb.number[3]};
  return answer(env, verb.region->persist_record(head, source, static_cast<std::uint32_t>(verb.number[4])));
}

napi_value fill(napi_env env, napi_callback_info info) {
  Verb<3> verb;
  if (const Status parsed = verb.parse(env, info); parsed != Status::ok) return answer(env, parsed);
  if (verb.number[2] > 0xff) return answer(env, Status::out_of_range);
  const auto byte = static_cast<std::uint8_t>(verb.number[2]);
  return answer(env, verb.region->fill(verb.number[0], verb.number[1], byte));
}

napi_value publish(napi_env env, napi_callback_info info) {
  Verb<3> verb;
  if (const Status parsed = verb.parse(env, info); parsed != Status::ok) return answer(env, parsed);
  if (verb.number[1] > kMaxUint32 || verb.number[2] > kMaxUint32) return answer(env, Status::out_of_range);
  return answer(env, verb.region->publish(verb.number[0], verb.number[2] << 32 | verb.number[1]));
}

napi_value crc32c(napi_env env, napi_callback_info info) {
  Verb<3> verb;
  if (const Status parsed = verb.parse(env, info); parsed != Status::ok) return answer(env, parsed);
  if (verb.number[2] > kMaxUint32) return answer(env, Status::out_of_range);
  const auto initial = static_cast<std::uint32_t>(verb.number[2]);
  std::uint32_t sum = 0;
  const Status summed = verb.region->crc32c(verb.number[0], verb.number[1], initial, &sum);
  verb.environment->frame()[0] = sum;
  return answer(env, summed);
}

napi_value crc32c_of(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Verb<1> verb;
  if (const Status parsed = verb.parse(arguments.data); parsed != Status::ok) return answer(env, parsed);
  if (verb.number[0] > kMaxUint32) return answer(env, Status::out_of_range);
  const std::byte* bytes = nullptr;
  std::uint64_t length = 0;
  const Status read = bytes_of(env, arguments.values[0], &bytes, &length);
  if (read != Status::ok) return answer(env, read);
  const auto initial = static_cast<std::uint32_t>(verb.number[0]);
  verb.environment->frame()[0] = verb.region->instructions().crc32c(initial, bytes, length);
  return nullptr;
}

}  // namespace nodemm::napi
