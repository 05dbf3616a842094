#include <immintrin.h>

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
#define NODEMM_STREAM(to, from, bytes)                     \
  for (std::size_t at = 0; at < bytes; at += 32)           \
  _mm256_stream_si256(reinterpret_cast<__m256i*>(to + at), \
                      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + at)))
#include "../bodies.h"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
