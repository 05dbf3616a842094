// Binary operations over windows of any strides.
#pragma once

#include "layout.h"

namespace nodemm {

// out = a op b.
// `overlap` where `out` shares bytes with an operand that is not the same window; nothing is stored unless ok.
[[nodiscard]] Status apply_binary(Binary operation, const Axes& axes, const Window& out, const Window& a,
                                  const Window& b) noexcept;

}  // namespace nodemm
