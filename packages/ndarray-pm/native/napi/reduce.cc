#include "../core/reduce.h"

#include "arguments.h"
#include "calls.h"

namespace nodemm::napi {
namespace {

bool is_float(Type type) { return type == Type::float32 || type == Type::float64; }

// Whether JavaScript gets a bigint: integers of 64 bits, and sums of any, which may need as many.
bool is_bigint(Fold operation, Type type) {
  if (operation == Fold::sum) return !is_float(type);
  const bool is_value = operation == Fold::minimum || operation == Fold::maximum;
  return is_value && (type == Type::int64 || type == Type::uint64);
}

napi_value value_of(napi_env env, Fold operation, Type type, const Folded& folded) {
  napi_value value = nullptr;
  if (is_bigint(operation, type)) {
    const bool is_signed = type == Type::int8 || type == Type::int16 || type == Type::int32 || type == Type::int64;
    if (is_signed) {
      napi_create_bigint_int64(env, folded.whole, &value);
    } else {
      napi_create_bigint_uint64(env, static_cast<std::uint64_t>(folded.whole), &value);
    }
    return value;
  }
  const bool is_place = operation == Fold::argmin || operation == Fold::argmax;
  const bool is_truth = operation == Fold::any || operation == Fold::all;
  const double number = is_place                      ? static_cast<double>(folded.place)
                        : is_float(type) && !is_truth ? folded.real
                                                      : static_cast<double>(folded.whole);
  napi_create_double(env, number, &value);
  return value;
}

// A failure is a number in the frame, since any number may be a result.
napi_value fail(double* frame, Status status) {
  frame[0] = static_cast<double>(status);
  return nullptr;
}

}  // namespace

// fold(operation, data, offset, count): the value, or undefined with the status in the frame.
napi_value fold(napi_env env, napi_callback_info info) {
  std::size_t count = 4;
  napi_value arguments[4];
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, &data) != napi_ok) return nullptr;
  double* frame = static_cast<Environment*>(data)->frame;
  std::uint32_t code = 0;
  Elements elements;
  double offset = 0, length = 0;
  std::uint64_t first = 0, elements_count = 0;
  if (count != 4 || !read_code(env, arguments[0], kFolds, code) || !read_elements(env, arguments[1], elements) ||
      napi_get_value_double(env, arguments[2], &offset) != napi_ok ||
      napi_get_value_double(env, arguments[3], &length) != napi_ok) {
    return fail(frame, Status::unsupported);
  }
  if (!read_count(offset, first) || !read_count(length, elements_count)) return fail(frame, Status::out_of_range);
  Folded folded;
  const Status status = nodemm::fold(static_cast<Fold>(code), elements, first, elements_count, folded);
  if (status != Status::ok) return fail(frame, status);
  return value_of(env, static_cast<Fold>(code), elements.type, folded);
}

// dot(a, aOffset, b, bOffset, count): the value, or undefined with the status in the frame.
napi_value dot(napi_env env, napi_callback_info info) {
  std::size_t count = 5;
  napi_value arguments[5];
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, &data) != napi_ok) return nullptr;
  double* frame = static_cast<Environment*>(data)->frame;
  Elements a, b;
  double numbers[3] = {};
  std::uint64_t counts[3] = {};
  if (count != 5 || !read_elements(env, arguments[0], a) || !read_elements(env, arguments[2], b)) {
    return fail(frame, Status::unsupported);
  }
  for (std::size_t index = 0; index < 3; index++) {
    const std::size_t place[] = {1, 3, 4};
    if (napi_get_value_double(env, arguments[place[index]], &numbers[index]) != napi_ok ||
        !read_count(numbers[index], counts[index])) {
      return fail(frame, Status::out_of_range);
    }
  }
  double product = 0;
  const Status status = nodemm::dot(a, counts[0], b, counts[1], counts[2], product);
  if (status != Status::ok) return fail(frame, status);
  napi_value value = nullptr;
  napi_create_double(env, product, &value);
  return value;
}

}  // namespace nodemm::napi
