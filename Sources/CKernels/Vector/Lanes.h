// Vectors of LANES floats, and what every kernel does with them.
//
// The files in this folder are compiled once for each instruction set by a .c file that defines LANES and, where it has
// them, VECTOR_AVX2 or VECTOR_AVX512. A product and a sum in one expression become one fused instruction where there is
// one (FP_CONTRACT), so each multiply-add is written as one expression.

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

/// The lanes below `n`, as a mask.
INLINE vint first_lanes(ptrdiff_t n) { return (vint){LANES_IOTA} < (int32_t)(n < LANES ? n : LANES); }

/// Reads `n` < LANES floats and no more; the other lanes are 0.
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

/// Writes `n` < LANES floats and no more.
INLINE void store_first(float *p, vfloat v, ptrdiff_t n) {
#if defined(VECTOR_AVX512)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#elif defined(VECTOR_AVX2)
    _mm256_maskstore_ps(p, (__m256i)first_lanes(n), (__m256)v);
#else
    for (ptrdiff_t i = 0; i < n; i++) p[i] = v[i];
#endif
}

/// mask ? a : b, lane by lane; the mask's lanes are all ones or all zeros.
INLINE vfloat choose(vint mask, vfloat a, vfloat b) {
#if defined(VECTOR_AVX2)
    return (vfloat)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)mask);
#else
    return (vfloat)((mask & bits(a)) | (~mask & bits(b)));
#endif
}

/// `v` raised to `low` where it is below; NaN stays.
INLINE vfloat at_least(vfloat v, vfloat low) {
    // The instructions give their second operand where either is NaN.
#if defined(VECTOR_AVX512)
    return (vfloat)_mm512_max_ps((__m512)low, (__m512)v);
#elif defined(VECTOR_AVX2)
    return (vfloat)_mm256_max_ps((__m256)low, (__m256)v);
#else
    return choose(low > v, low, v);
#endif
}

/// `v` lowered to `high` where it is above; NaN stays.
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

/// The greater of two; NaN when either is.
INLINE vfloat greater(vfloat a, vfloat b) { return choose(a != a, a, at_least(b, a)); }

/// The lesser of two; NaN when either is.
INLINE vfloat lesser(vfloat a, vfloat b) { return choose(a != a, a, at_most(b, a)); }

/// Each lane beside the one whose index differs in one bit: 8, 4, 2 or 1 lanes away.
#define NEIGHBOUR(v, distance) __builtin_shufflevector(v, v, LANES_XOR_##distance)

/// Folds all lanes into one number by halves.
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

/// Turns rows into columns: log₂ LANES rounds, each of which interleaves the first half with the second.
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
