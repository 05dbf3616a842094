#include <cstddef>
#include <cstdint>

#include "../../kernels.h"
#include "quicksort_avx512.h"

// Only what is defined from here on may use the instructions; what the libraries' headers define inline may not.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512")
#endif
#define NODEMM_KERNELS avx512
#define NODEMM_KERNELS_NAME "avx512"
#define NODEMM_QUICKSORTS &x86_64::quicksort32, &x86_64::quicksort64
#define NODEMM_VECTOR_BYTES 64
#include "../bodies.h"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
