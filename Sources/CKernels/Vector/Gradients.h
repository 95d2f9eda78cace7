// Gradients of elementwise and row functions. On all instruction sets, sums over a row use 16 lanes, as in Rows.h.

#pragma once

#include "Rows.h"

// MARK: Activations

INLINE vfloat relu_slope(vfloat x) { return choose(x > 0, splat(1), x - x); }

INLINE vfloat tanh_slope(vfloat x) {
    const vfloat y = tanh_of(x);
    return 1.0f - y * y;
}

INLINE vfloat sigmoid_slope(vfloat x) {
    const vfloat y = sigmoid_of(x);
    return y * (1.0f - y);
}

/// Returns the derivative of z σ(u) with u = factor · z: σ(u) (1 + u (1 − σ(u))). Beyond ±90, σ is 0 or 1, and the
/// other terms vanish.
INLINE vfloat gated_slope(vfloat u) {
    const vfloat y = sigmoid_of(u), bounded = at_least(at_most(u, splat(90)), splat(-90));
    return y * (bounded * (1.0f - y) + 1.0f);
}

INLINE vfloat silu_slope(vfloat x) { return gated_slope(x); }

INLINE vfloat quick_gelu_slope(vfloat x) { return gated_slope(x * 1.702f); }

/// Returns Φ(x) + x φ(x), where Φ and φ are the distribution and the density of the normal distribution.
INLINE vfloat gelu_slope(vfloat x) {
    const vfloat near = at_least(at_most(x, splat(20)), splat(-20));
    const vfloat density = exp_of_negative(near * near * -0.5f) * 0.39894228f;
    return near * density + (erf_of(near * 0.707106781f) * 0.5f + 0.5f);
}

/// Returns the derivative s + x s (1 − s) (2u)′, where s = (1 + tanh u)/2 = sigmoid(2u).
INLINE vfloat gelu_tanh_slope(vfloat x) {
    const vfloat near = at_least(at_most(x, splat(20)), splat(-20)), square = near * near;
    const vfloat s = sigmoid_of(near * 1.59576912f * (square * 0.044715f + 1.0f));
    const vfloat inner = near * 1.59576912f * (square * 0.134145f + 1.0f);
    return s * (inner * (1.0f - s) + 1.0f);
}

INLINE vfloat slope_of_one(vfloat x) { return x - x + 1.0f; }

INLINE void slope_row(ptrdiff_t n, const float *x, const float *g, float *y, unary_function slope) {
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) store(y + j, load(g + j) * slope(load(x + j)));
    if (j < n) store_first(y + j, load_first(g + j, n - j) * slope(load_first(x + j, n - j)), n - j);
}

static void unary_gradient(bert_unary_op op, ptrdiff_t n, const float *x, const float *g, float *y) {
#define CASE(constant, slope)                                                                                         \
    case constant: slope_row(n, x, g, y, slope); break;
    switch (op) {
        CASE(BERT_UNARY_TANH, tanh_slope)
        CASE(BERT_UNARY_SIGMOID, sigmoid_slope)
        CASE(BERT_UNARY_RELU, relu_slope)
        CASE(BERT_UNARY_GELU, gelu_slope)
        CASE(BERT_UNARY_GELU_TANH, gelu_tanh_slope)
        CASE(BERT_UNARY_SILU, silu_slope)
        CASE(BERT_UNARY_QUICK_GELU, quick_gelu_slope)
        default: slope_row(n, x, g, y, slope_of_one); break;
    }
#undef CASE
}

// MARK: Rows

/// Returns the dot product of two rows.
INLINE float dot_of_rows(ptrdiff_t n, const float *a, const float *b) {
    wfloat sums[2] = {0};
    ptrdiff_t j = 0;
    for (; j + 2 * WIDE <= n; j += 2 * WIDE)
#pragma clang loop unroll(full)
        for (int u = 0; u < 2; u++) sums[u] = wide_load(a + j + u * WIDE) * wide_load(b + j + u * WIDE) + sums[u];
    for (; j < n; j += WIDE) {
        const ptrdiff_t rest = n - j;
        if (rest < WIDE)
            sums[1] = wide_load_first(a + j, rest) * wide_load_first(b + j, rest) + sums[1];
        else
            sums[0] = wide_load(a + j) * wide_load(b + j) + sums[0];
    }
    return wide_sum(sums[0] + sums[1]);
}

/// Computes y = scale · p (g - sum).
INLINE void project_row(ptrdiff_t n, const float *p, const float *g, float sum, float scale, float *y) {
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) store(y + j, load(p + j) * (load(g + j) - sum) * scale);
    if (j < n) store_first(y + j, load_first(p + j, n - j) * (load_first(g + j, n - j) - sum) * scale, n - j);
}

static void softmax_gradient(ptrdiff_t rows, ptrdiff_t n, float scale, const float *p, ptrdiff_t ldp, const float *g,
                             ptrdiff_t ldg, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float sum = dot_of_rows(n, p + i * ldp, g + i * ldg);
        project_row(n, p + i * ldp, g + i * ldg, sum, scale, y + i * ldy);
    }
}

static void l2_normalize_gradient(ptrdiff_t rows, ptrdiff_t n, float eps, const float *x, ptrdiff_t ldx, const float *g,
                                  ptrdiff_t ldg, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float *xi = x + i * ldx, *gi = g + i * ldg;
        float *yi = y + i * ldy;
        const float norm = __builtin_sqrtf(dot_of_rows(n, xi, xi)), divisor = norm < eps ? eps : norm;
        const float inverse = 1 / divisor;
        // Below eps, the divisor is constant.
        const float along = norm < eps ? 0 : dot_of_rows(n, xi, gi) * inverse * inverse;
        ptrdiff_t j = 0;
        for (; j + LANES <= n; j += LANES) store(yi + j, (load(gi + j) - load(xi + j) * along) * inverse);
        if (j < n) store_first(yi + j, (load_first(gi + j, n - j) - load_first(xi + j, n - j) * along) * inverse, n - j);
    }
}

static void layer_norm_gradient(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *residual,
                                ptrdiff_t ldr, const float *gamma, float eps, const float *g, ptrdiff_t ldg, float *y,
                                ptrdiff_t ldy, float *sums_of_gamma, float *sums_of_beta) {
    if (n <= 0) return;
    memset(sums_of_gamma, 0, (size_t)n * sizeof(float));
    memset(sums_of_beta, 0, (size_t)n * sizeof(float));
    const float inverse = 1 / (float)n;
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float *xi = x + i * ldx, *ri = residual ? residual + i * ldr : NULL, *gi = g + i * ldg;
        float *yi = y + i * ldy;
        const float total = ri ? sum_of_inputs(n, xi, NULL, false, ri, true, yi)
                               : sum_of_inputs(n, xi, NULL, false, ri, false, yi);
        const float *z = ri ? yi : xi;
        const row_spread spread = spread_of(n, z, total * inverse, eps);
        // The sums of h = g γ, and of h multiplied by the normalized row.
        wfloat sums[2] = {0};
        for (ptrdiff_t j = 0; j < n; j += WIDE) {
            const ptrdiff_t rest = n - j;
            const bool whole = rest >= WIDE;
            const wfloat d = (whole ? wide_load(z + j) : wide_load_first(z + j, rest)) - spread.mean;
            const wfloat normal = d * spread.scale + spread.shift;
            const wfloat gradient = whole ? wide_load(gi + j) : wide_load_first(gi + j, rest);
            const wfloat h = gradient * (whole ? wide_load(gamma + j) : wide_load_first(gamma + j, rest));
            const wfloat gs = (whole ? wide_load(sums_of_gamma + j) : wide_load_first(sums_of_gamma + j, rest));
            const wfloat bs = (whole ? wide_load(sums_of_beta + j) : wide_load_first(sums_of_beta + j, rest));
            // Lanes after the last element have a gradient of 0.
            sums[0] += h;
            sums[1] = h * normal + sums[1];
            const wfloat new_gs = gradient * normal + gs, new_bs = bs + gradient;
            if (whole) {
                wide_store(sums_of_gamma + j, new_gs);
                wide_store(sums_of_beta + j, new_bs);
            } else {
                wide_store_first(sums_of_gamma + j, new_gs, rest);
                wide_store_first(sums_of_beta + j, new_bs, rest);
            }
        }
        const float mean = wide_sum(sums[0]) * inverse, along = wide_sum(sums[1]) * inverse;
        ptrdiff_t j = 0;
        for (; j + LANES <= n; j += LANES) {
            const vfloat d = load(z + j) - spread.mean, normal = d * spread.scale + spread.shift;
            const vfloat h = load(gi + j) * load(gamma + j) - mean;
            store(yi + j, (h - normal * along) * spread.scale);
        }
        if (j < n) {
            const ptrdiff_t rest = n - j;
            const vfloat d = load_first(z + j, rest) - spread.mean, normal = d * spread.scale + spread.shift;
            const vfloat h = load_first(gi + j, rest) * load_first(gamma + j, rest) - mean;
            store_first(yi + j, (h - normal * along) * spread.scale, rest);
        }
    }
}
