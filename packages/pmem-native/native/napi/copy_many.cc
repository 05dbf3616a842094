// Many copies on the thread pool; see core/copy_many.h.
#include "../core/copy_many.h"

#include <memory>
#include <utility>
#include <vector>

#include "arguments.h"
#include "calls.h"
#include "environment.h"

namespace nodemm::napi {
namespace {

class CopyManyWork : public Work {
 public:
  CopyManyWork(std::shared_ptr<Region> region, std::vector<CopyMany::Copy> copies, std::int32_t* claims,
               std::uint64_t piece_bytes, std::vector<std::shared_ptr<Region>> read_from)
      : read_from_(std::move(read_from)), copies_(std::move(region), std::move(copies), claims, piece_bytes) {}

  Status check() const { return copies_.check(); }
  void run() noexcept override { copies_.run(); }
  void stop() noexcept override { copies_.stop(); }
  napi_value outcome(napi_env env, Environment*) override {
    return make_number(env, static_cast<double>(copies_.status()));
  }

 private:
  std::vector<std::shared_ptr<Region>> read_from_;
  CopyMany copies_;
};

bool typed_array(napi_env env, napi_value value, napi_typedarray_type expected, std::size_t* count, void** data) {
  bool matches = false;
  auto type = napi_int8_array;
  return napi_is_typedarray(env, value, &matches) == napi_ok && matches &&
         napi_get_typedarray_info(env, value, &type, count, data, nullptr, nullptr) == napi_ok && type == expected;
}

// One source for each offset. A list may run code when it is asked for an element, which can close the region, open
// others or transfer memory: so this comes before the region is looked up and before any address is taken.
Status list_sources(napi_env env, napi_value offsets, napi_value list, std::vector<napi_value>* sources) {
  std::size_t count = 0;
  void* numbers = nullptr;
  if (!typed_array(env, offsets, napi_float64_array, &count, &numbers)) return Status::wrong_type;
  sources->resize(count);
  for (std::size_t index = 0; index < count; index++) {
    if (napi_get_element(env, list, static_cast<std::uint32_t>(index), &(*sources)[index]) != napi_ok) {
      return Status::wrong_type;
    }
  }
  return Status::ok;
}

// The sources with their offsets, and how many pieces they make together.
Status read_copies(napi_env env, napi_value offsets, const std::vector<napi_value>& sources, std::uint64_t piece_bytes,
                   std::vector<CopyMany::Copy>* copies, std::uint64_t* pieces) {
  std::size_t count = 0;
  void* numbers = nullptr;
  if (!typed_array(env, offsets, napi_float64_array, &count, &numbers) || count != sources.size()) {
    return Status::wrong_type;
  }
  copies->reserve(count);
  for (std::size_t index = 0; index < count; index++) {
    CopyMany::Copy copy{};
    std::size_t length = 0;
    void* bytes = nullptr;
    if (!to_integer(static_cast<const double*>(numbers)[index], &copy.offset)) return Status::out_of_range;
    if (!typed_array(env, sources[index], napi_uint8_array, &length, &bytes)) return Status::wrong_type;
    copy.source = static_cast<const std::byte*>(bytes);
    copy.length = length;
    *pieces += (copy.length + piece_bytes - 1) / piece_bytes;
    copies->push_back(copy);
  }
  return Status::ok;
}

napi_value answer(napi_env env, Status status) { return make_number(env, static_cast<double>(status)); }

}  // namespace

// copyManyNow(handle, offsets, sources): undefined, or a status. On this thread, and others while it waits for them.
napi_value copy_many_now(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  std::int32_t handle = -1;
  napi_get_value_int32(env, arguments.values[0], &handle);
  std::vector<napi_value> sources;
  const Status listed = list_sources(env, arguments.values[1], arguments.values[2], &sources);
  OpenRegion* open = static_cast<Environment*>(arguments.data)->find(handle);
  if (open == nullptr) return answer(env, Status::closed);
  if (listed != Status::ok) return answer(env, listed);
  std::vector<Region::Copy> copies;
  std::uint64_t pieces = 0;
  const Status read = read_copies(env, arguments.values[1], sources, 1, &copies, &pieces);
  const Status copied = read == Status::ok ? open->region->copy_many(copies) : read;
  return copied == Status::ok ? nullptr : answer(env, copied);
}

// copyMany(handle, offsets, sources, claims, pieceBytes, kept): `{ job, outcome }`, whose outcome is a status, or a
// status. `kept` holds the sources and the claims.
napi_value copy_many(napi_env env, napi_callback_info info) {
  const Arguments<6> arguments(env, info);
  auto* environment = static_cast<Environment*>(arguments.data);
  std::int32_t handle = -1;
  napi_get_value_int32(env, arguments.values[0], &handle);
  std::vector<napi_value> sources;
  const Status listed = list_sources(env, arguments.values[1], arguments.values[2], &sources);
  OpenRegion* open = environment->find(handle);
  if (open == nullptr) return answer(env, Status::closed);
  if (listed != Status::ok) return answer(env, listed);
  double number = 0;
  std::uint64_t piece_bytes = 0;
  if (napi_get_value_double(env, arguments.values[4], &number) != napi_ok || !to_integer(number, &piece_bytes) ||
      piece_bytes == 0) {
    return answer(env, Status::out_of_range);
  }
  std::vector<CopyMany::Copy> copies;
  std::uint64_t pieces = 0;
  const Status read = read_copies(env, arguments.values[1], sources, piece_bytes, &copies, &pieces);
  if (read != Status::ok) return answer(env, read);
  std::size_t claim_count = 0;
  void* claims = nullptr;
  if (!typed_array(env, arguments.values[3], napi_int32_array, &claim_count, &claims) || claim_count < pieces) {
    return answer(env, Status::wrong_type);
  }
  auto read_from = environment->regions_of(copies);
  auto work = std::make_unique<CopyManyWork>(open->region, std::move(copies), static_cast<std::int32_t*>(claims),
                                             piece_bytes, std::move(read_from));
  if (const Status checked = work->check(); checked != Status::ok) return answer(env, checked);
  napi_value started = start_work(env, environment->works(), std::move(work), arguments.values[5]);
  return started != nullptr ? started : answer(env, Status::system);
}

}  // namespace nodemm::napi
