// Vectors of 16 lanes on all instruction sets, which consist of one or several native vectors. Sums over a row use
// them.
//
// The order of the additions determines the last bits of a sum. With the same number of lanes, the order is the same
// with AVX2, AVX-512 and NEON. Clang splits the arithmetic into native vectors. Only code that uses intrinsics, or that
// reads fewer than 16 floats, processes each native vector explicitly.

#pragma once

#include "Lanes.h"

// The warning is about calls with 64-byte vectors where registers are shorter. There are no such calls, because all
// functions are inlined.
#pragma clang diagnostic ignored "-Wpsabi"

enum { WIDE = 16, PARTS = WIDE / LANES };

typedef float wfloat __attribute__((vector_size(4 * 16)));
typedef int32_t wint __attribute__((vector_size(4 * 16)));
typedef float wfloat_unaligned __attribute__((vector_size(4 * 16), aligned(4), may_alias));

/// The native vectors of 16 lanes.
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

/// Loads exactly `n` < 16 floats. The other lanes are 0.
INLINE wfloat wide_load_first(const float *p, ptrdiff_t n) {
    wide_parts parts;
#pragma clang loop unroll(full)
    for (int i = 0; i < PARTS; i++, p += LANES, n -= LANES)
        parts.part[i] = n >= LANES ? load(p) : n > 0 ? load_first(p, n) : splat(0);
    return whole_of(parts);
}

/// Stores exactly `n` < 16 floats.
INLINE void wide_store_first(float *p, wfloat v, ptrdiff_t n) {
    const wide_parts parts = parts_of(v);
#pragma clang loop unroll(full)
    for (int i = 0; i < PARTS; i++, p += LANES, n -= LANES)
        if (n >= LANES)
            store(p, parts.part[i]);
        else if (n > 0)
            store_first(p, parts.part[i], n);
}

/// Returns the first `n` lanes, and `other` in the lanes after them.
INLINE wfloat wide_only_first(wfloat v, ptrdiff_t n, float other) {
    const wint inside = (wint){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} < (int32_t)n;
    const wfloat others = other - (wfloat){0};
    return (wfloat)((inside & (wint)v) | (~inside & (wint)others));
}

/// Applies a function to each lane.
INLINE wfloat wide_each(wfloat v, vfloat (*function)(vfloat)) {
    wide_parts parts = parts_of(v);
#pragma clang loop unroll(full)
    for (int i = 0; i < PARTS; i++) parts.part[i] = function(parts.part[i]);
    return whole_of(parts);
}

/// Returns the maximum of each lane, or NaN if either operand is NaN.
INLINE wfloat wide_greater(wfloat a, wfloat b) {
    wide_parts x = parts_of(a), y = parts_of(b);
#pragma clang loop unroll(full)
    for (int i = 0; i < PARTS; i++) x.part[i] = greater(x.part[i], y.part[i]);
    return whole_of(x);
}

/// Reduces 16 lanes to one native vector by halving. `FOLD` then reduces its lanes.
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
