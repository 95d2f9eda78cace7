// Emulation of the AVX-512 instructions that kernels use, for testing the kernels on processors without AVX-512 (`make
// test-avx512`). It is slow. The behavior follows the pseudocode of Intel's Intrinsics Guide.

#pragma once

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define EMULATED static inline __attribute__((always_inline, unused))

typedef float emulated_floats __attribute__((vector_size(64)));
typedef long long emulated_integers __attribute__((vector_size(64)));
typedef long long emulated_integers_unaligned __attribute__((vector_size(64), aligned(1), may_alias));
typedef uint8_t emulated_u8 __attribute__((vector_size(64)));
typedef int8_t emulated_i8 __attribute__((vector_size(64)));
typedef int16_t emulated_i16 __attribute__((vector_size(64)));
typedef uint16_t emulated_u16 __attribute__((vector_size(32)));
typedef int32_t emulated_i32 __attribute__((vector_size(64)));

EMULATED emulated_floats emulated_maskz_loadu_ps(uint16_t mask, const float *p) {
    emulated_floats v = {0};
    for (int i = 0; i < 16; i++)
        if (mask >> i & 1) v[i] = p[i];
    return v;
}

EMULATED void emulated_mask_storeu_ps(float *p, uint16_t mask, emulated_floats v) {
    for (int i = 0; i < 16; i++)
        if (mask >> i & 1) p[i] = v[i];
}

// Returns the second operand if either is NaN.
EMULATED emulated_floats emulated_max_ps(emulated_floats a, emulated_floats b) {
    const emulated_i32 above = a > b;
    return (emulated_floats)((above & (emulated_i32)a) | (~above & (emulated_i32)b));
}

EMULATED emulated_floats emulated_min_ps(emulated_floats a, emulated_floats b) {
    const emulated_i32 below = a < b;
    return (emulated_floats)((below & (emulated_i32)a) | (~below & (emulated_i32)b));
}

EMULATED emulated_floats emulated_scalef_ps(emulated_floats a, emulated_floats b) {
    for (int i = 0; i < 16; i++) {
        const float exponent = floorf(b[i]);
        // With exponents beyond ±300, every number becomes 0 or infinite.
        a[i] = isnan(exponent) ? exponent : ldexpf(a[i], (int)fminf(fmaxf(exponent, -300), 300));
    }
    return a;
}

EMULATED emulated_integers emulated_loadu_si512(const void *p) { return *(const emulated_integers_unaligned *)p; }

EMULATED emulated_integers emulated_set1_epi16(int16_t x) { return (emulated_integers)((emulated_i16){0} + x); }

EMULATED emulated_integers emulated_maddubs_epi16(emulated_integers a, emulated_integers b) {
    const emulated_u8 x = (emulated_u8)a;
    const emulated_i8 w = (emulated_i8)b;
    emulated_i16 sums;
    for (int i = 0; i < 32; i++) {
        const int sum = x[2 * i] * w[2 * i] + x[2 * i + 1] * w[2 * i + 1];
        sums[i] = sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : (int16_t)sum;
    }
    return (emulated_integers)sums;
}

EMULATED emulated_integers emulated_madd_epi16(emulated_integers a, emulated_integers b) {
    const emulated_i16 x = (emulated_i16)a, w = (emulated_i16)b;
    emulated_i32 sums;
    for (int i = 0; i < 16; i++) sums[i] = x[2 * i] * w[2 * i] + x[2 * i + 1] * w[2 * i + 1];
    return (emulated_integers)sums;
}

EMULATED emulated_integers emulated_dpbusd_epi32(emulated_integers s, emulated_integers a, emulated_integers b) {
    const emulated_u8 x = (emulated_u8)a;
    const emulated_i8 w = (emulated_i8)b;
    emulated_i32 sums = (emulated_i32)s;
    for (int i = 0; i < 64; i++) sums[i / 4] += x[i] * w[i];
    return (emulated_integers)sums;
}

EMULATED float emulated_normal(float x) { return fabsf(x) < 0x1p-126f ? copysignf(0, x) : x; }

// The second product of a pair is added first. Subnormal operands and results are treated as zero.
EMULATED emulated_floats emulated_dpbf16_ps(emulated_floats s, emulated_integers a, emulated_integers b) {
    const emulated_i32 x = (emulated_i32)a, w = (emulated_i32)b;
    const emulated_floats x0 = (emulated_floats)(x << 16), x1 = (emulated_floats)(x & ~0xFFFF);
    const emulated_floats w0 = (emulated_floats)(w << 16), w1 = (emulated_floats)(w & ~0xFFFF);
    for (int i = 0; i < 16; i++) {
        s[i] = emulated_normal(fmaf(emulated_normal(x1[i]), emulated_normal(w1[i]), emulated_normal(s[i])));
        s[i] = emulated_normal(fmaf(emulated_normal(x0[i]), emulated_normal(w0[i]), s[i]));
    }
    return s;
}

EMULATED emulated_u16 emulated_cvtneps_pbh(emulated_floats v) {
    emulated_u16 rounded;
    for (int i = 0; i < 16; i++) {
        const float x = emulated_normal(v[i]);
        uint32_t word;
        memcpy(&word, &x, sizeof word);
        rounded[i] = (uint16_t)(isnan(x) ? word >> 16 | 0x40 : (word + 0x7FFF + (word >> 16 & 1)) >> 16);
    }
    return rounded;
}

EMULATED emulated_integers emulated_cvtne2ps_pbh(emulated_floats high, emulated_floats low) {
    const emulated_u16 halves[2] = {emulated_cvtneps_pbh(low), emulated_cvtneps_pbh(high)};
    emulated_integers all;
    memcpy(&all, halves, sizeof all);
    return all;
}

#define __m512 emulated_floats
#define __m512bh emulated_integers
#define __m512i emulated_integers
#define _mm512_maskz_loadu_ps emulated_maskz_loadu_ps
#define _mm512_mask_storeu_ps emulated_mask_storeu_ps
#define _mm512_max_ps emulated_max_ps
#define _mm512_min_ps emulated_min_ps
#define _mm512_scalef_ps emulated_scalef_ps
#define _mm512_loadu_si512 emulated_loadu_si512
#define _mm512_set1_epi16 emulated_set1_epi16
#define _mm512_maddubs_epi16 emulated_maddubs_epi16
#define _mm512_madd_epi16 emulated_madd_epi16
#define _mm512_dpbf16_ps emulated_dpbf16_ps
#define _mm512_cvtneps_pbh emulated_cvtneps_pbh
#define _mm512_cvtne2ps_pbh emulated_cvtne2ps_pbh
#define _mm512_dpbusd_epi32 emulated_dpbusd_epi32
