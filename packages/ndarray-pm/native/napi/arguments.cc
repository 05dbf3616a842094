#include "arguments.h"

namespace nodemm::napi {
namespace {

bool type_of(napi_typedarray_type type, Type& result) noexcept {
  switch (type) {
    case napi_int8_array:
      result = Type::int8;
      return true;
    case napi_uint8_array:
      result = Type::uint8;
      return true;
    case napi_int16_array:
      result = Type::int16;
      return true;
    case napi_uint16_array:
      result = Type::uint16;
      return true;
    case napi_int32_array:
      result = Type::int32;
      return true;
    case napi_uint32_array:
      result = Type::uint32;
      return true;
    case napi_bigint64_array:
      result = Type::int64;
      return true;
    case napi_biguint64_array:
      result = Type::uint64;
      return true;
    case napi_float32_array:
      result = Type::float32;
      return true;
    case napi_float64_array:
      result = Type::float64;
      return true;
    default:
      return false;
  }
}

}  // namespace

bool read_elements(napi_env env, napi_value value, Elements& elements) noexcept {
  bool is_typed_array = false;
  if (napi_is_typedarray(env, value, &is_typed_array) != napi_ok || !is_typed_array) return false;
  napi_typedarray_type type;
  std::size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok) return false;
  if (!type_of(type, elements.type)) return false;
  elements.data = static_cast<std::byte*>(data);
  elements.length = data == nullptr ? 0 : length;
  return true;
}

bool read_whole(double number, std::int64_t& whole) noexcept {
  // Also false for NaN.
  if (!(number >= -9007199254740991.0 && number <= 9007199254740991.0)) return false;
  whole = static_cast<std::int64_t>(number);
  return static_cast<double>(whole) == number;
}

bool read_count(double number, std::uint64_t& count) noexcept {
  std::int64_t whole = 0;
  if (!read_whole(number, whole) || whole < 0) return false;
  count = static_cast<std::uint64_t>(whole);
  return true;
}

Status read_windows(napi_env env, const napi_value* arguments, const double* numbers, std::size_t lengths,
                    std::uint64_t* length, std::size_t steps, Window (&windows)[3]) noexcept {
  for (std::size_t index = 0; index < 3; index++) {
    if (!read_elements(env, arguments[index], windows[index].elements)) return Status::unsupported;
  }
  for (std::size_t axis = 0; axis < lengths; axis++) {
    if (!read_count(*numbers++, length[axis])) return Status::out_of_range;
  }
  for (Window& window : windows) {
    if (!read_whole(*numbers++, window.offset)) return Status::out_of_range;
    for (std::size_t axis = 0; axis < steps; axis++) {
      if (!read_whole(*numbers++, window.step[axis])) return Status::out_of_range;
    }
  }
  return Status::ok;
}

bool read_code(napi_env env, napi_value value, std::uint32_t limit, std::uint32_t& code) noexcept {
  double number = 0;
  std::uint64_t count = 0;
  if (napi_get_value_double(env, value, &number) != napi_ok || !read_count(number, count) || count >= limit)
    return false;
  code = static_cast<std::uint32_t>(count);
  return true;
}

napi_value answer(napi_env env, Status status) noexcept {
  napi_value value = nullptr;
  if (status != Status::ok) napi_create_uint32(env, static_cast<std::uint32_t>(status), &value);
  return value;
}

}  // namespace nodemm::napi
