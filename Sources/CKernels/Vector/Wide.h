// Sixteen lanes on every instruction set, in as many vectors as it takes: what sums over a row run in.
//
// The order in which a row is summed decides the last bits of the sum. With the same lanes everywhere, it is the same on
// AVX2, AVX-512 and NEON. Clang splits the arithmetic into vectors that the processor has; only what names instructions or
// reads less than 16 floats is written a vector at a time here.

#pragma once

#include "Lanes.h"

// About calls with 64-byte vectors where registers are shorter: every function here is inlined, so there are none.
#pragma clang diagnostic ignored "-Wpsabi"

enum { WIDE = 16, PARTS = WIDE / LANES };

typedef float wfloat __attribute__((vector_size(4 * 16)));
typedef int32_t wint __attribute__((vector_size(4 * 16)));
typedef float wfloat_unaligned __attribute__((vector_size(4 * 16), aligned(4), may_alias));

/// The vectors of 16 lanes.
typedef struct {
    vfloat part[PARTS];
} wide_parts;

INLINE wide_parts parts_of(wfloat v) {
    wide_parts parts;
    memcpy(&parts, &v, sizeof v);
    return parts;
}

INLINE wfloat whole_of(wide_parts parts) {
    wfloat v;
    memcpy(&v, &parts, sizeof v);
    return v;
}

INLINE wfloat wide_load(const float *p) { return *(const wfloat_unaligned *)p; }

INLINE void wide_store(float *p, wfloat v) { *(wfloat_unaligned *)p = v; }

/// Reads `n` < 16 floats and no more; the other lanes are 0.
INLINE wfloat wide_load_first(const float *p, ptrdiff_t n) {
    wide_parts parts;
#pragma clang loop unroll(full)
    for (int i = 0; i < PARTS; i++, p += LANES, n -= LANES)
        parts.part[i] = n >= LANES ? load(p) : n > 0 ? load_first(p, n) : splat(0);
    return whole_of(parts);
}

/// Writes `n` < 16 floats and no more.
INLINE void wide_store_first(float *p, wfloat v, ptrdiff_t n) {
    const wide_parts parts = parts_of(v);
#pragma clang loop unroll(full)
    for (int i = 0; i < PARTS; i++, p += LANES, n -= LANES)
        if (n >= LANES)
            store(p, parts.part[i]);
        else if (n > 0)
            store_first(p, parts.part[i], n);
}

/// The first `n` lanes, and `other` in those after them.
INLINE wfloat wide_only_first(wfloat v, ptrdiff_t n, float other) {
    const wint inside = (wint){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} < (int32_t)n;
    const wfloat others = other - (wfloat){0};
    return (wfloat)((inside & (wint)v) | (~inside & (wint)others));
}

/// The function of each lane.
INLINE wfloat wide_each(wfloat v, vfloat (*function)(vfloat)) {
    wide_parts parts = parts_of(v);
#pragma clang loop unroll(full)
    for (int i = 0; i < PARTS; i++) parts.part[i] = function(parts.part[i]);
    return whole_of(parts);
}

/// The greater of two, lane by lane; NaN when either is.
INLINE wfloat wide_greater(wfloat a, wfloat b) {
    wide_parts x = parts_of(a), y = parts_of(b);
#pragma clang loop unroll(full)
    for (int i = 0; i < PARTS; i++) x.part[i] = greater(x.part[i], y.part[i]);
    return whole_of(x);
}

/// Folds vectors into one by halves, as `FOLD` goes on with its lanes.
INLINE vfloat folded(wfloat v, vfloat (*combine)(vfloat, vfloat)) {
    wide_parts parts = parts_of(v);
#pragma clang loop unroll(full)
    for (int half = PARTS / 2; half > 0; half /= 2)
#pragma clang loop unroll(full)
        for (int i = 0; i < half; i++) parts.part[i] = combine(parts.part[i], parts.part[i + half]);
    return parts.part[0];
}

INLINE float wide_sum(wfloat v) { return sum_of_lanes(folded(v, plus)); }

INLINE float wide_greatest(wfloat v) { return greatest_of_lanes(folded(v, greater)); }
