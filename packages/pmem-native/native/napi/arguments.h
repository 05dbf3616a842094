// Reading arguments and making results with plain Node-API: the hot calls cost little more than the crossing itself.
#pragma once

#include <node_api.h>

#include <cstdint>

namespace nodemm::napi {

constexpr double kMaxSafeInteger = 9007199254740991.0;

// A number that is a non-negative safe integer, as one. NaN, fractions and huge values are refused before any address
// is formed from them.
inline bool to_integer(double number, std::uint64_t* integer) {
  if (!(number >= 0 && number <= kMaxSafeInteger)) return false;
  // By way of the signed type, whose conversions are one instruction each.
  const auto whole = static_cast<std::int64_t>(number);
  *integer = static_cast<std::uint64_t>(whole);
  return static_cast<double>(whole) == number;
}

template <std::size_t count>
struct Arguments {
  napi_value values[count];
  void* data = nullptr;

  // Missing arguments read as undefined, further ones are ignored.
  Arguments(napi_env env, napi_callback_info info) {
    std::size_t room = count;
    napi_get_cb_info(env, info, &room, values, nullptr, &data);
  }
};

napi_value make_number(napi_env env, double number);
napi_value make_boolean(napi_env env, bool value);
void set(napi_env env, napi_value object, const char* name, napi_value value);

}  // namespace nodemm::napi
