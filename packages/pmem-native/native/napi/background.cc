// The verbs that run on the thread pool.
#include "../core/background.h"

#include <memory>
#include <utility>
#include <vector>

#include "arguments.h"
#include "calls.h"
#include "environment.h"

namespace nodemm::napi {
namespace {

using Piece = Region::Piece;

// What JavaScript asks for: the verbs of a piece, and the copy within a region.
constexpr std::int32_t kCopyWithin = 10;
constexpr double kMaxUint32 = 0xffffffff;

class VerbWork : public Work {
 public:
  VerbWork(std::shared_ptr<Region> region, const Piece& piece, std::vector<std::shared_ptr<Region>> read_from)
      : read_from_(std::move(read_from)), background_(std::move(region), piece) {}

  Status check() const { return background_.check(); }
  void run() noexcept override { background_.run(); }
  void stop() noexcept override { background_.stop(); }
  napi_value outcome(napi_env env, Environment*) override {
    return make_outcome(
        env, {background_.status(), background_.completed_bytes(), background_.figure(), background_.error_number()});
  }

 private:
  std::vector<std::shared_ptr<Region>> read_from_;
  Background background_;
};

// The bytes of a Uint8Array.
Status read_bytes(napi_env env, napi_value value, std::byte** bytes, std::uint64_t* length) {
  bool matches = false;
  auto type = napi_int8_array;
  std::size_t count = 0;
  void* data = nullptr;
  if (napi_is_typedarray(env, value, &matches) != napi_ok || !matches ||
      napi_get_typedarray_info(env, value, &type, &count, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    return Status::wrong_type;
  }
  *bytes = static_cast<std::byte*>(data);
  *length = count;
  return Status::ok;
}

bool takes_buffer(std::int32_t verb) {
  return verb == static_cast<std::int32_t>(Piece::Verb::copy) || verb == static_cast<std::int32_t>(Piece::Verb::read) ||
         verb == static_cast<std::int32_t>(Piece::Verb::crc32c_of);
}

// `third` is what the verb takes besides a range and a sum: the byte of a fill, an advice, the source's offset.
Status complete_piece(napi_env env, const Region& region, std::int32_t verb, std::uint64_t third, napi_value buffer,
                      Piece* piece) {
  piece->verb = verb == kCopyWithin ? Piece::Verb::copy : static_cast<Piece::Verb>(verb);
  if (verb == kCopyWithin || piece->verb == Piece::Verb::copy_summed) {
    if (!region.contains(third, piece->length)) return Status::out_of_range;
    piece->source = region.base() + third;
    return Status::ok;
  }
  switch (piece->verb) {
    case Piece::Verb::fill:
      piece->byte = static_cast<std::uint8_t>(third);
      return third <= 0xff ? Status::ok : Status::out_of_range;
    case Piece::Verb::advise:
      piece->advice = static_cast<Advice>(third);
      return third <= static_cast<std::uint64_t>(Advice::random_now) ? Status::ok : Status::out_of_range;
    case Piece::Verb::read:
      return read_bytes(env, buffer, &piece->target, &piece->length);
    case Piece::Verb::crc32c_of:
    case Piece::Verb::copy: {
      std::byte* source = nullptr;
      const Status read = read_bytes(env, buffer, &source, &piece->length);
      piece->source = source;
      return read;
    }
    default:
      return Status::ok;
  }
}

napi_value answer(napi_env env, Status status) { return make_number(env, static_cast<double>(status)); }

}  // namespace

// start(handle, verb, offset, length, third, initial, buffer): an object with the job's number and a promise of its
// outcome, or a status. `initial` is the sum that one is continued from. The buffer of a copy, a read or a sum of
// memory outside tells the length.
napi_value start(napi_env env, napi_callback_info info) {
  const Arguments<7> arguments(env, info);
  auto* environment = static_cast<Environment*>(arguments.data);
  std::int32_t handle = -1, verb = 0;
  napi_get_value_int32(env, arguments.values[0], &handle);
  OpenRegion* open = environment->find(handle);
  if (open == nullptr) return answer(env, Status::closed);
  double numbers[4] = {};
  for (std::size_t index = 0; index < 4; index++) {
    if (napi_get_value_double(env, arguments.values[index + 2], &numbers[index]) != napi_ok) {
      return answer(env, Status::wrong_type);
    }
  }
  Piece piece;
  std::uint64_t third = 0;
  if (napi_get_value_int32(env, arguments.values[1], &verb) != napi_ok || verb < 0 || verb > kCopyWithin ||
      !to_integer(numbers[0], &piece.offset) || !to_integer(numbers[1], &piece.length) ||
      !to_integer(numbers[2], &third) || !to_integer(numbers[3], &piece.figure) || numbers[3] > kMaxUint32) {
    return answer(env, Status::out_of_range);
  }
  const Status completed = complete_piece(env, *open->region, verb, third, arguments.values[6], &piece);
  if (completed != Status::ok) return answer(env, completed);
  auto read_from = environment->regions_of({{piece.offset, piece.source, piece.length}});
  auto work = std::make_unique<VerbWork>(open->region, piece, std::move(read_from));
  if (const Status checked = work->check(); checked != Status::ok) return answer(env, checked);
  napi_value kept = takes_buffer(verb) ? arguments.values[6] : nullptr;
  napi_value started = start_work(env, environment->works(), std::move(work), kept);
  return started != nullptr ? started : answer(env, Status::system);
}

// stop(job): lets the step in progress be the last. Of a job that has ended, nothing.
napi_value stop(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  std::uint32_t number = 0;
  if (napi_get_value_uint32(env, arguments.values[0], &number) != napi_ok) return nullptr;
  const Works& works = *static_cast<Environment*>(arguments.data)->works();
  if (const auto found = works.running.find(number); found != works.running.end()) found->second->stop();
  return nullptr;
}

}  // namespace nodemm::napi
