// The loops themselves. Each instruction set includes this file once, in a namespace of its own (NODEMM_KERNELS), after
// it has told the compiler what it may use and how many bytes a vector has (NODEMM_VECTOR_BYTES). No inline function of
// a library is called, or one compiled for the newest processors could be linked for all.
//
// Vectors change no result: sums have eight lanes whatever the width, and nothing is contracted to fused operations.

namespace nodemm {
namespace NODEMM_KERNELS {

// Elements at any address, of whatever the memory holds.
template <typename T>
struct At {
  typedef T type __attribute__((aligned(1), may_alias));
};
template <typename T>
using Any = typename At<T>::type;

template <typename T>
struct Vector {
  typedef T type __attribute__((vector_size(NODEMM_VECTOR_BYTES)));
  typedef T any __attribute__((vector_size(NODEMM_VECTOR_BYTES), aligned(1), may_alias));
  static constexpr std::size_t lanes = NODEMM_VECTOR_BYTES / sizeof(T);
};

}  // namespace NODEMM_KERNELS
}  // namespace nodemm

#include "binary_bodies.h"
#include "fold_bodies.h"
#include "matmul_bodies.h"

namespace nodemm {
namespace NODEMM_KERNELS {

// ---- The table

#define NODEMM_UNSIGNED(f, ...)                                                                    \
  f<std::uint8_t, __VA_ARGS__>, f<std::uint8_t, __VA_ARGS__>, f<std::uint16_t, __VA_ARGS__>,       \
      f<std::uint16_t, __VA_ARGS__>, f<std::uint32_t, __VA_ARGS__>, f<std::uint32_t, __VA_ARGS__>, \
      f<std::uint64_t, __VA_ARGS__>, f<std::uint64_t, __VA_ARGS__>
#define NODEMM_INTEGERS(f, ...)                                                                   \
  f<std::int8_t, __VA_ARGS__>, f<std::uint8_t, __VA_ARGS__>, f<std::int16_t, __VA_ARGS__>,        \
      f<std::uint16_t, __VA_ARGS__>, f<std::int32_t, __VA_ARGS__>, f<std::uint32_t, __VA_ARGS__>, \
      f<std::int64_t, __VA_ARGS__>, f<std::uint64_t, __VA_ARGS__>
#define NODEMM_ALL(f, ...) NODEMM_INTEGERS(f, __VA_ARGS__), f<float, __VA_ARGS__>, f<double, __VA_ARGS__>
#define NODEMM_NONE nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr

// An operation whose result has the operands' type.
template <typename T, typename Operation>
constexpr BinaryKernel same = binary<T, T, Operation>;
template <typename T, typename Operation>
constexpr BinaryKernel test = binary<T, std::uint8_t, Operation>;
template <typename T, typename Operation>
constexpr BinaryKernel test_swapped = swapped<T, Operation>;

extern const Kernels table;
const Kernels table = {
    NODEMM_KERNELS_NAME,
    {
        {NODEMM_UNSIGNED(same, Add), same<float, Add>, same<double, Add>},
        {NODEMM_UNSIGNED(same, Subtract), same<float, Subtract>, same<double, Subtract>},
        {NODEMM_UNSIGNED(same, Multiply), same<float, Multiply>, same<double, Multiply>},
        {NODEMM_NONE, same<float, Divide>, same<double, Divide>},
        {NODEMM_UNSIGNED(same, And), nullptr, nullptr},
        {NODEMM_UNSIGNED(same, Or), nullptr, nullptr},
        {NODEMM_UNSIGNED(same, Xor), nullptr, nullptr},
        {NODEMM_ALL(same, Minimum)},
        {NODEMM_ALL(same, Maximum)},
        {NODEMM_INTEGERS(same, Minimum), same<float, FMin>, same<double, FMin>},
        {NODEMM_INTEGERS(same, Maximum), same<float, FMax>, same<double, FMax>},
        {NODEMM_UNSIGNED(test, Equal), test<float, Equal>, test<double, Equal>},
        {NODEMM_UNSIGNED(test, NotEqual), test<float, NotEqual>, test<double, NotEqual>},
        {NODEMM_ALL(test, Less)},
        {NODEMM_ALL(test, LessEqual)},
        {NODEMM_ALL(test_swapped, Less)},
        {NODEMM_ALL(test_swapped, LessEqual)},
    },
    {
        {sum_integers<std::int8_t>, sum_integers<std::uint8_t>, sum_integers<std::int16_t>, sum_integers<std::uint16_t>,
         sum_integers<std::int32_t>, sum_integers<std::uint32_t>, sum_integers<std::int64_t>,
         sum_integers<std::uint64_t>, sum_floats<float>, sum_floats<double>},
        {NODEMM_ALL(extreme, Least)},
        {NODEMM_ALL(extreme, Most)},
        {NODEMM_ALL(place_of_extreme, Least)},
        {NODEMM_ALL(place_of_extreme, Most)},
        {NODEMM_ALL(truth, false)},
        {NODEMM_ALL(truth, true)},
    },
    {NODEMM_NONE, dot<float>, dot<double>},
    {kTileRows, kTileColumns, multiply_tile},
    NODEMM_QUICKSORTS,
};

}  // namespace NODEMM_KERNELS
}  // namespace nodemm
