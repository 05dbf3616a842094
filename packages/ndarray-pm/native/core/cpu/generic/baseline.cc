// For every processor of the architecture: SSE2 on x86-64, NEON on arm64.
#include <cstddef>
#include <cstdint>

#include "../../kernels.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define NODEMM_KERNELS baseline
#define NODEMM_KERNELS_NAME "baseline"
#define NODEMM_QUICKSORTS nullptr, nullptr
#define NODEMM_VECTOR_BYTES 16
#if defined(__SSE2__)
#define NODEMM_STREAM(to, from, bytes)                                              \
  for (std::size_t at = 0; at < bytes; at += 16) {                                  \
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + at),                           \
                     _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at))); \
  }
#else
#define NODEMM_STREAM(to, from, bytes) __builtin_memcpy(to, from, bytes)
#endif
#include "../bodies.h"
