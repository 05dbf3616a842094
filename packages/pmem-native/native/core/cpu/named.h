// Choosing among variants, the best first, each with a `name` and whether it is `supported`.
#pragma once

#include <string>

#include "../status.h"

namespace nodemm {

// The first supported one of that name, or of any name where it is empty; null where there is none.
template <typename Variant>
const Variant* find_named(const Variant* begin, const Variant* end, const std::string& name) {
  for (const Variant* each = begin; each != end; each++) {
    if (each->supported && (name.empty() || name == each->name)) return each;
  }
  return nullptr;
}

// `variable` is the environment variable that named it.
template <typename Variant>
Failure no_such_instruction(const Variant* begin, const Variant* end, const char* variable) {
  Failure failure{Status::unsupported, 0, variable};
  for (const Variant* each = begin; each != end; each++) {
    if (each->supported) failure.detail += (failure.detail.empty() ? "" : ", ") + std::string(each->name);
  }
  return failure;
}

}  // namespace nodemm
