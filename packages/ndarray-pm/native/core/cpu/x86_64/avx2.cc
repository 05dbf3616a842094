#include <cstddef>
#include <cstdint>

#include "../../kernels.h"

// Only what is defined from here on may use the instructions; what the libraries' headers define inline may not.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#define NODEMM_KERNELS avx2
#define NODEMM_KERNELS_NAME "avx2"
#define NODEMM_QUICKSORTS nullptr, nullptr
#define NODEMM_VECTOR_BYTES 32
#include "../bodies.h"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
