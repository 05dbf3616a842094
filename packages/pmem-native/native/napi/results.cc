#include "results.h"

#include <limits>

namespace nodemm::napi {
namespace {

template <typename Number>
Napi::Value number(Napi::Env env, Number value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

template <typename Fact>
Napi::Value make_fact(Napi::Env env, const Fact& fact, Napi::Value value) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("known", number(env, fact.known));
  object.Set("reason", fact.reason);
  object.Set("value", value);
  return object;
}

// Offset, length, offset, length, ...
Napi::Value make_ranges(Napi::Env env, const std::vector<ByteRange>& ranges) {
  Napi::Array list = Napi::Array::New(env);
  std::uint32_t index = 0;
  for (const ByteRange& range : ranges) {
    list.Set(index++, number(env, range.offset));
    list.Set(index++, number(env, range.length));
  }
  return list;
}

Napi::Value length_or_infinity(Napi::Env env, std::uint64_t bytes) {
  if (bytes != LargeRanges::kNever) return number(env, bytes);
  return Napi::Number::New(env, std::numeric_limits<double>::infinity());
}

}  // namespace

Napi::Value make_failure(Napi::Env env, const Failure& failure) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("status", number(env, failure.status));
  object.Set("errorNumber", number(env, failure.error_number));
  object.Set("step", failure.step);
  object.Set("detail", failure.detail);
  object.Set("neededBytes", number(env, failure.needed_bytes));
  object.Set("freeBytes", number(env, failure.free_bytes));
  return object;
}

Napi::Value make_region(Napi::Env env, std::uint32_t handle, const Region& region) {
  const Source& source = region.source();
  Napi::Object object = Napi::Object::New(env);
  object.Set("status", number(env, Status::ok));
  object.Set("handle", number(env, handle));
  object.Set("length", number(env, region.length()));
  object.Set("capacity", number(env, region.capacity()));
  object.Set("created", Napi::Boolean::New(env, region.created()));
  object.Set("badBlocks", make_fact(env, source.bad_blocks(), make_ranges(env, source.bad_blocks().ranges)));
  const UnsafeShutdowns& shutdowns = source.unsafe_shutdowns();
  object.Set("unsafeShutdowns", make_fact(env, shutdowns, number(env, shutdowns.count)));
  object.Set("kind", number(env, region.kind()));
  object.Set("persistenceDomain", number(env, region.persistence_domain()));
  object.Set("granularity", number(env, region.granularity()));
  object.Set("survives", number(env, region.durability().survives));
  object.Set("reason", region.durability().reason);
  object.Set("flush", region.flush_name());
  object.Set("copy", region.instructions().copy_name);
  object.Set("crc32c", region.instructions().crc32c_name);
  object.Set("parallelBytes", length_or_infinity(env, region.large_ranges().parallel_bytes()));
  object.Set("wholeCacheBytes", length_or_infinity(env, region.large_ranges().whole_cache_bytes()));
  return object;
}

Napi::Value make_trouble(Napi::Env env, const Region& region) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("status", number(env, region.writable()));
  object.Set("errorNumber", number(env, region.sync_error()));
  object.Set("faultOffset", number(env, region.fault_offset()));
  return object;
}

}  // namespace nodemm::napi
