// For every processor of the architecture: SSE2 on x86-64, NEON on arm64.
#include <cstddef>
#include <cstdint>

#include "../../kernels.h"

#define NODEMM_KERNELS baseline
#define NODEMM_KERNELS_NAME "baseline"
#define NODEMM_QUICKSORTS nullptr, nullptr
#define NODEMM_VECTOR_BYTES 16
#include "../bodies.h"
