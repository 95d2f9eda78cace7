// Half precision and bfloat16.

#pragma once

#include "Lanes.h"

// The treatment of subnormal numbers.
#if defined(__x86_64__)
typedef unsigned floating_point_mode;

/// Treats subnormal numbers as zero, as operands (DAZ) and as results (FTZ). Returns the previous mode. On aarch64,
/// results are flushed before they are rounded, so a result that would round up to 2⁻¹²⁶ becomes zero.
INLINE floating_point_mode zero_subnormals(void) {
    const unsigned mode = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(mode | 0x8040);
    return mode;
}

INLINE void restore(floating_point_mode mode) { __builtin_ia32_ldmxcsr(mode); }
#elif defined(__aarch64__)
typedef uint64_t floating_point_mode;

INLINE floating_point_mode zero_subnormals(void) {
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" ::"r"(mode | 1 << 24) : "memory");
    return mode;
}

INLINE void restore(floating_point_mode mode) { __asm__ volatile("msr fpcr, %0" ::"r"(mode) : "memory"); }
#else
typedef int floating_point_mode;

INLINE floating_point_mode zero_subnormals(void) { return 0; }

INLINE void restore(floating_point_mode mode) { (void)mode; }
#endif

typedef uint16_t vshort __attribute__((vector_size(2 * LANES)));
typedef uint16_t vshort_unaligned __attribute__((vector_size(2 * LANES), aligned(2), may_alias));

INLINE vshort load_shorts(const uint16_t *p, ptrdiff_t n) {
    if (n >= LANES) return *(const vshort_unaligned *)p;
    vshort v = {0};
    memcpy(&v, p, (size_t)n * sizeof(uint16_t));
    return v;
}

INLINE void store_shorts(uint16_t *p, vshort v, ptrdiff_t n) {
    if (n >= LANES)
        *(vshort_unaligned *)p = v;
    else
        memcpy(p, &v, (size_t)n * sizeof(uint16_t));
}

#if defined(VECTOR_AVX2) || defined(VECTOR_AVX512) || defined(__aarch64__)

typedef _Float16 vhalf __attribute__((vector_size(2 * LANES)));

INLINE vfloat half_to_float(vshort h) { return __builtin_convertvector((vhalf)h, vfloat); }

INLINE vshort float_to_half(vfloat v) { return (vshort)__builtin_convertvector(v, vhalf); }

#else

INLINE vfloat half_to_float(vshort h) {
    const vuint wide = __builtin_convertvector(h, vuint), magnitude = wide & 0x7FFF;
    // Half-precision numbers below 2^-14 are subnormal, but their floats aren't. The product with 2^112 is exact for
    // all of them.
    const vfloat scaled = (vfloat)(magnitude << 13) * 0x1p112f;
    const vuint special = (vuint)(magnitude > 0x7BFF) & (0x7F800000 | magnitude << 13);
    const vuint quiet = (vuint)(magnitude > 0x7C00) & 0x00400000;
    return (vfloat)((vuint)scaled | special | quiet | (wide & 0x8000) << 16);
}

INLINE vshort float_to_half(vfloat v) {
    const vuint magnitude = (vuint)v & 0x7FFFFFFF, sign = (vuint)v >> 16 & 0x8000;
    const vuint normal = (magnitude - (112 << 23) + 0xFFF + (magnitude >> 13 & 1)) >> 13;
    // Adding 1/2 rounds to a multiple of 2^-24.
    const vuint subnormal = (vuint)((vfloat)magnitude + 0.5f) - 0x3F000000;
    const vuint tiny = (vuint)(magnitude < 0x38800000), huge = (vuint)(magnitude >= 0x477FF000);
    const vuint nan = (vuint)(magnitude > 0x7F800000);
    vuint half = (tiny & subnormal) | (~tiny & normal);
    half = (huge & 0x7C00) | (~huge & half);
    half = (nan & (0x7E00 | (magnitude >> 13 & 0x3FF))) | (~nan & half);
    return __builtin_convertvector(half | sign, vshort);
}

#endif

INLINE vfloat bfloat_to_float(vshort b) { return (vfloat)(__builtin_convertvector(b, vuint) << 16); }

INLINE vshort float_to_bfloat(vfloat v) {
    const vuint whole = (vuint)v, nan = (vuint)(v != v);
    const vuint rounded = (whole + 0x7FFF + (whole >> 16 & 1)) >> 16;
    return __builtin_convertvector((nan & (whole >> 16 | 0x40)) | (~nan & rounded), vshort);
}

/// Like `float_to_bfloat`, but treats subnormal numbers as zero.
INLINE vshort normal_to_bfloat(vfloat v) {
    const vint is_normal = (bits(v) & 0x7F800000) != 0;
    return float_to_bfloat((vfloat)(bits(v) & (is_normal | INT32_MIN)));
}

INLINE void widen(ptrdiff_t n, const uint16_t *x, float *y, vfloat (*convert)(vshort)) {
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) store(y + j, convert(load_shorts(x + j, LANES)));
    if (j < n) store_first(y + j, convert(load_shorts(x + j, n - j)), n - j);
}

INLINE void narrow(ptrdiff_t n, const float *x, uint16_t *y, vshort (*convert)(vfloat)) {
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) store_shorts(y + j, convert(load(x + j)), LANES);
    if (j < n) store_shorts(y + j, convert(load_first(x + j, n - j)), n - j);
}

static void float_from_half(ptrdiff_t n, const uint16_t *x, float *y) { widen(n, x, y, half_to_float); }

static void half_from_float(ptrdiff_t n, const float *x, uint16_t *y) { narrow(n, x, y, float_to_half); }

static void float_from_bfloat(ptrdiff_t n, const uint16_t *x, float *y) { widen(n, x, y, bfloat_to_float); }

static void bfloat_from_float(ptrdiff_t n, const float *x, uint16_t *y) { narrow(n, x, y, float_to_bfloat); }
