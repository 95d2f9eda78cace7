// Quantization of float rows to integers, and dequantization of their products.

#pragma once

#include "Elementwise.h"

typedef int8_t vbyte __attribute__((vector_size(LANES)));
typedef int32_t vint_unaligned __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/// Stores the low bytes of the first `n` lanes.
INLINE void store_bytes(void *p, vint v, ptrdiff_t n) {
    const vbyte bytes = __builtin_convertvector(v, vbyte);
    memcpy(p, &bytes, n < LANES ? (size_t)n : LANES);
}

INLINE vint load_integers(const int32_t *p, ptrdiff_t n) {
    if (n >= LANES) return *(const vint_unaligned *)p;
    return bits(load_first((const float *)p, n));
}

/// Maps the bits of floats to integers with the same order. NaN is mapped to values beyond infinity. The function is
/// its own inverse.
INLINE vint ordered(vint bits) { return bits ^ (bits >> 31 & 0x7FFFFFFF); }

INLINE float float_of(int32_t ordered) {
    const int32_t bits = ordered ^ (ordered >> 31 & 0x7FFFFFFF);
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/// Computes the minimum and the maximum of a row and 0, as ordered integers.
INLINE void bounds(ptrdiff_t n, const float *x, int32_t *low, int32_t *high) {
    vint lows[2] = {0}, highs[2] = {0};
    ptrdiff_t j = 0;
    for (; j + 2 * LANES <= n; j += 2 * LANES)
#pragma clang loop unroll(full)
        for (int u = 0; u < 2; u++) {
            const vint v = ordered(bits(load(x + j + u * LANES)));
            lows[u] = __builtin_elementwise_min(lows[u], v);
            highs[u] = __builtin_elementwise_max(highs[u], v);
        }
    for (; j < n; j += LANES) {
        const vint v = ordered(bits(n - j >= LANES ? load(x + j) : load_first(x + j, n - j)));
        lows[0] = __builtin_elementwise_min(lows[0], v);
        highs[0] = __builtin_elementwise_max(highs[0], v);
    }
    *low = __builtin_reduce_min(__builtin_elementwise_min(lows[0], lows[1]));
    *high = __builtin_reduce_max(__builtin_elementwise_max(highs[0], highs[1]));
}

/// Returns whether numbers of this size can be quantized. If not, the scale is 0 or NaN.
INLINE bool has_factor(float size, float steps, float *scale) {
    *scale = size <= __FLT_MAX__ ? 0 : __builtin_nanf("");
    if (!(size >= 0x1p-119f && size <= __FLT_MAX__)) return false;
    *scale = size / steps;
    return true;
}

/// Returns round(x · factor) + zero, with ties to even. Adding ROUNDER leaves the integer in the low bits.
INLINE vint quantized(vfloat x, float factor, int32_t zero) {
    const vfloat product = x * factor;
    return bits(product + ROUNDER) - (0x4B400000 - zero);
}

/// Computes the scale and the zero point of a row from its bounds. Returns the factor to quantize it with, or 0 if all
/// its integers are 0.
INLINE float row_factor(int32_t low, int32_t high, float *scale, int32_t *zero) {
    const float range = float_of(high) - float_of(low);
    *zero = 0;
    if (!has_factor(range, 255, scale)) return 0;
    const float factor = 255 / range;
    *zero = (int32_t)__builtin_rintf(-float_of(low) * factor);
    return factor;
}

INLINE void quantize_row(ptrdiff_t n, const float *x, float factor, int32_t zero, uint8_t *q) {
    const vint most = (vint){0} + 255;
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES)
        store_bytes(q + j, __builtin_elementwise_min(quantized(load(x + j), factor, zero), most), LANES);
    if (j < n)
        store_bytes(q + j, __builtin_elementwise_min(quantized(load_first(x + j, n - j), factor, zero), most), n - j);
}

/// Quantizes rows. The bounds of a row are available some time after its last element was read, during which the next
/// row is read, so each step is computed for a few short rows before the next step.
static void quantize(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, uint8_t *q, ptrdiff_t ldq,
                     float *scales, int32_t *zeros) {
    enum { BLOCK = 4, CACHED = 4096 };
    if (n <= 0) return;
    const ptrdiff_t most = n * BLOCK <= CACHED ? BLOCK : n * 2 <= CACHED ? 2 : 1;
    for (ptrdiff_t first = 0; first < rows; first += most) {
        const ptrdiff_t count = rows - first < most ? rows - first : most;
        int32_t low[BLOCK], high[BLOCK];
        for (ptrdiff_t i = 0; i < count; i++) bounds(n, x + (first + i) * ldx, &low[i], &high[i]);
        for (ptrdiff_t i = 0; i < count; i++) {
            const ptrdiff_t row = first + i;
            const float factor = row_factor(low[i], high[i], &scales[row], &zeros[row]);
            if (factor == 0)
                memset(q + row * ldq, 0, (size_t)n);
            else
                quantize_row(n, x + row * ldx, factor, zeros[row], q + row * ldq);
        }
    }
}

/// Returns the sum of each pair of lanes in both lanes.
INLINE vfloat sums_of_two(vfloat v) { return v + NEIGHBOUR(v, 1); }

/// Computes the factor to quantize weights with, and the scale to dequantize them with. Returns false if all quantized
/// weights are 0.
INLINE bool weight_factor(ptrdiff_t n, const float *w, float *factor, float *scale) {
    // Compared as integers, magnitudes have the same order, and NaN is greater than infinity.
    vint tops = {0};
    for (ptrdiff_t j = 0; j < n; j += LANES) {
        const vfloat v = n - j >= LANES ? load(w + j) : load_first(w + j, n - j), none = {0};
        // Both comparisons are false for NaN, so it is kept.
        const vfloat above = choose(v < none, none, v), below = choose(v > none, none, v);
        tops = __builtin_elementwise_max(tops, bits(absolute(sums_of_two(above))));
        tops = __builtin_elementwise_max(tops, bits(absolute(sums_of_two(below))));
    }
    const float top = float_of(__builtin_reduce_max(tops));
    *factor = 127 / top;
    return has_factor(top, 127, scale);
}

INLINE void quantize_weight_row(ptrdiff_t n, const float *w, float factor, int8_t *q) {
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) store_bytes(q + j, quantized(load(w + j), factor, 0), LANES);
    if (j < n) store_bytes(q + j, quantized(load_first(w + j, n - j), factor, 0), n - j);
}

static void quantize_weights(ptrdiff_t rows, ptrdiff_t n, const float *w, ptrdiff_t ldw, int8_t *q, ptrdiff_t ldq,
                             float *scales) {
    if (n <= 0) return;
    for (ptrdiff_t i = 0; i < rows; i++) {
        float factor;
        if (weight_factor(n, w + i * ldw, &factor, &scales[i]))
            quantize_weight_row(n, w + i * ldw, factor, q + i * ldq);
        else
            memset(q + i * ldq, 0, (size_t)n);
    }
}

INLINE void dequantize_row(ptrdiff_t n, const int32_t *sums, float scale, int32_t zero, const float *columnScales,
                           const int32_t *columnSums, const float *bias, const float *residual, float *y,
                           unary_function f) {
    for (ptrdiff_t j = 0; j < n; j += LANES) {
        const ptrdiff_t left = n - j;
        const bool whole = left >= LANES;
        const vint sum = load_integers(sums + j, left) - load_integers(columnSums + j, left) * zero;
        const vfloat scales = (whole ? load(columnScales + j) : load_first(columnScales + j, left)) * scale;
        vfloat v = __builtin_convertvector(sum, vfloat) * scales;
        if (bias) v = v + (whole ? load(bias + j) : load_first(bias + j, left));
        v = f(v);
        if (residual) v = v + (whole ? load(residual + j) : load_first(residual + j, left));
        if (whole)
            store(y + j, v);
        else
            store_first(y + j, v, left);
    }
}

static void dequantize(bert_unary_op op, ptrdiff_t rows, ptrdiff_t n, const int32_t *sums, ptrdiff_t lds,
                       const float *rowScales, const int32_t *zeros, const float *columnScales,
                       const int32_t *columnSums, const float *bias, const float *residual, ptrdiff_t ldr, float *y,
                       ptrdiff_t ldy) {
#define CASE_BODY(function)                                                                                           \
    for (ptrdiff_t i = 0; i < rows; i++)                                                                              \
        dequantize_row(n, sums + i * lds, rowScales[i], zeros[i], columnScales, columnSums, bias,                     \
                       residual ? residual + i * ldr : NULL, y + i * ldy, function);
    FOR_UNARY(op, UNARY_CASE)
#undef CASE_BODY
}
