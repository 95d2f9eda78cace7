// Vectors of LANES floats, and their common operations.
//
// The files in this folder are compiled once for each instruction set, by a .c file that defines LANES and, if
// available, VECTOR_AVX2 or VECTOR_AVX512. A multiplication and an addition in the same expression are fused where the
// processor supports it (FP_CONTRACT), so each multiply-add is written as one expression.

#pragma once

#include <string.h>

#include "../Table.h"

#pragma STDC FP_CONTRACT ON

#define INLINE static inline __attribute__((always_inline, unused))

typedef float vfloat __attribute__((vector_size(4 * LANES)));
typedef int32_t vint __attribute__((vector_size(4 * LANES)));
typedef uint32_t vuint __attribute__((vector_size(4 * LANES)));
typedef float vfloat_unaligned __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

// Index lists for shuffles of one or two vectors.
#if LANES == 4
#define LANES_IOTA 0, 1, 2, 3
#define LANES_LOW_PAIRS 0, 4, 1, 5
#define LANES_HIGH_PAIRS 2, 6, 3, 7
#define LANES_XOR_2 2, 3, 0, 1
#define LANES_XOR_1 1, 0, 3, 2
#elif LANES == 8
#define LANES_IOTA 0, 1, 2, 3, 4, 5, 6, 7
#define LANES_LOW_PAIRS 0, 8, 1, 9, 2, 10, 3, 11
#define LANES_HIGH_PAIRS 4, 12, 5, 13, 6, 14, 7, 15
#define LANES_XOR_4 4, 5, 6, 7, 0, 1, 2, 3
#define LANES_XOR_2 2, 3, 0, 1, 6, 7, 4, 5
#define LANES_XOR_1 1, 0, 3, 2, 5, 4, 7, 6
#elif LANES == 16
#define LANES_IOTA 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define LANES_LOW_PAIRS 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define LANES_HIGH_PAIRS 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define LANES_XOR_8 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7
#define LANES_XOR_4 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11
#define LANES_XOR_2 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13
#define LANES_XOR_1 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14
#endif

INLINE vfloat splat(float x) { return x - (vfloat){0}; }

INLINE vfloat load(const float *p) { return *(const vfloat_unaligned *)p; }

INLINE void store(float *p, vfloat v) { *(vfloat_unaligned *)p = v; }

INLINE vint bits(vfloat v) { return (vint)v; }

/// Returns a mask of the lanes below `n`.
INLINE vint first_lanes(ptrdiff_t n) { return (vint){LANES_IOTA} < (int32_t)(n < LANES ? n : LANES); }

/// Loads exactly `n` < LANES floats. The other lanes are 0.
INLINE vfloat load_first(const float *p, ptrdiff_t n) {
#if defined(VECTOR_AVX512)
    return (vfloat)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#elif defined(VECTOR_AVX2)
    return (vfloat)_mm256_maskload_ps(p, (__m256i)first_lanes(n));
#else
    vfloat v = {0};
    for (ptrdiff_t i = 0; i < n; i++) v[i] = p[i];
    return v;
#endif
}

/// Stores exactly `n` < LANES floats.
INLINE void store_first(float *p, vfloat v, ptrdiff_t n) {
#if defined(VECTOR_AVX512)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#elif defined(VECTOR_AVX2)
    _mm256_maskstore_ps(p, (__m256i)first_lanes(n), (__m256)v);
#else
    for (ptrdiff_t i = 0; i < n; i++) p[i] = v[i];
#endif
}

/// Returns mask ? a : b for each lane. The bits of a mask's lane are all 1 or all 0.
INLINE vfloat choose(vint mask, vfloat a, vfloat b) {
#if defined(VECTOR_AVX2)
    return (vfloat)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)mask);
#else
    return (vfloat)((mask & bits(a)) | (~mask & bits(b)));
#endif
}

/// Returns max(v, low) for each lane. NaN in `v` is kept.
INLINE vfloat at_least(vfloat v, vfloat low) {
    // If an operand is NaN, the instructions return the second one.
#if defined(VECTOR_AVX512)
    return (vfloat)_mm512_max_ps((__m512)low, (__m512)v);
#elif defined(VECTOR_AVX2)
    return (vfloat)_mm256_max_ps((__m256)low, (__m256)v);
#else
    return choose(low > v, low, v);
#endif
}

/// Returns min(v, high) for each lane. NaN in `v` is kept.
INLINE vfloat at_most(vfloat v, vfloat high) {
#if defined(VECTOR_AVX512)
    return (vfloat)_mm512_min_ps((__m512)high, (__m512)v);
#elif defined(VECTOR_AVX2)
    return (vfloat)_mm256_min_ps((__m256)high, (__m256)v);
#else
    return choose(high < v, high, v);
#endif
}

INLINE vfloat absolute(vfloat v) { return (vfloat)(bits(v) & 0x7FFFFFFF); }

/// Returns the maximum of each lane, or NaN if either operand is NaN.
INLINE vfloat greater(vfloat a, vfloat b) { return choose(a != a, a, at_least(b, a)); }

/// Returns the minimum of each lane, or NaN if either operand is NaN.
INLINE vfloat lesser(vfloat a, vfloat b) { return choose(a != a, a, at_most(b, a)); }

/// Swaps the lanes whose indices differ in one bit, which are 8, 4, 2 or 1 lanes apart.
#define NEIGHBOUR(v, distance) __builtin_shufflevector(v, v, LANES_XOR_##distance)

/// Reduces all lanes to one number by halving.
#if LANES == 4
#define FOLD(v, combine) (v = combine(v, NEIGHBOUR(v, 2)), v = combine(v, NEIGHBOUR(v, 1)), v[0])
#elif LANES == 8
#define FOLD(v, combine)                                                                                              \
    (v = combine(v, NEIGHBOUR(v, 4)), v = combine(v, NEIGHBOUR(v, 2)), v = combine(v, NEIGHBOUR(v, 1)), v[0])
#elif LANES == 16
#define FOLD(v, combine)                                                                                              \
    (v = combine(v, NEIGHBOUR(v, 8)), v = combine(v, NEIGHBOUR(v, 4)), v = combine(v, NEIGHBOUR(v, 2)),               \
     v = combine(v, NEIGHBOUR(v, 1)), v[0])
#endif

INLINE vfloat plus(vfloat a, vfloat b) { return a + b; }

INLINE float sum_of_lanes(vfloat v) { return FOLD(v, plus); }

INLINE float greatest_of_lanes(vfloat v) { return FOLD(v, greater); }

/// Transposes a block in log₂ LANES rounds. Each round interleaves the first half of the rows with the second half.
INLINE void transpose(vfloat rows[LANES]) {
#pragma clang loop unroll(full)
    for (int round = 1; round < LANES; round *= 2) {
        vfloat mixed[LANES];
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES / 2; i++) {
            mixed[2 * i] = __builtin_shufflevector(rows[i], rows[i + LANES / 2], LANES_LOW_PAIRS);
            mixed[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + LANES / 2], LANES_HIGH_PAIRS);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES; i++) rows[i] = mixed[i];
    }
}
