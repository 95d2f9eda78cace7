// Kernels that process whole rows. On all instruction sets, sums use several accumulators with 16 lanes. This improves
// speed and precision, and ensures that all instruction sets with fused multiply-add have bitwise equal results.

#pragma once

#include "Elementwise.h"
#include "Wide.h"

// MARK: Layer norm

/// Computes z = x + bias + residual, and stores it in `y` if there is a bias or a residual. Returns the sum of z.
INLINE float sum_of_inputs(ptrdiff_t n, const float *x, const float *bias, bool has_bias, const float *residual,
                           bool has_residual, float *y) {
    const bool keeps = has_bias || has_residual;
    wfloat sums[4] = {0};
    ptrdiff_t j = 0;
#define INPUT(read)                                                                                                   \
    wfloat z = read(x);                                                                                               \
    if (has_bias) z += read(bias);                                                                                    \
    if (has_residual) z += read(residual);
#define AT(p) wide_load(p + at)
    for (; j + 4 * WIDE <= n; j += 4 * WIDE)
#pragma clang loop unroll(full)
        for (int u = 0; u < 4; u++) {
            const ptrdiff_t at = j + u * WIDE;
            INPUT(AT)
            if (keeps) wide_store(y + at, z);
            sums[u] += z;
        }
    for (; j + WIDE <= n; j += WIDE) {
        const ptrdiff_t at = j;
        INPUT(AT)
        if (keeps) wide_store(y + at, z);
        sums[1] += z;
    }
#undef AT
    if (j < n) {
#define AT(p) wide_load_first(p + j, n - j)
        INPUT(AT)
        if (keeps) wide_store_first(y + j, z, n - j);
        sums[2] += z;
#undef AT
    }
#undef INPUT
    return wide_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

/// The normalization of a row: (z - mean) · scale + shift.
typedef struct {
    float mean, scale, shift;
} row_spread;

INLINE row_spread spread_of(ptrdiff_t n, const float *z, float mean, float eps) {
    const float inverse = 1 / (float)n;
    // The mean is rounded. Its error is the mean of the deviations, which is used to correct the result.
    wfloat sums[4] = {0}, squares[4] = {0};
    ptrdiff_t j = 0;
    for (; j + 4 * WIDE <= n; j += 4 * WIDE)
#pragma clang loop unroll(full)
        for (int u = 0; u < 4; u++) {
            const wfloat d = wide_load(z + j + u * WIDE) - mean;
            sums[u] += d;
            squares[u] = d * d + squares[u];
        }
    for (; j < n; j += WIDE) {
        const ptrdiff_t rest = n - j;
        const wfloat d = rest < WIDE ? wide_only_first(wide_load_first(z + j, rest) - mean, rest, 0)
                                     : wide_load(z + j) - mean;
        sums[0] += d;
        squares[0] = d * d + squares[0];
    }
    const float off = wide_sum((sums[0] + sums[1]) + (sums[2] + sums[3])) * inverse;
    const float square = wide_sum((squares[0] + squares[1]) + (squares[2] + squares[3])) * inverse;
    const float variance = square - off * off;
    const float scale = 1 / __builtin_sqrtf((variance < 0 ? 0 : variance) + eps);
    return (row_spread){mean, scale, -off * scale};
}

/// Stores x + bias + residual in `y` if there is a bias or a residual. Returns its sum.
INLINE float total_of_row(ptrdiff_t n, const float *x, const float *bias, const float *residual, float *y) {
    if (bias)
        return residual ? sum_of_inputs(n, x, bias, true, residual, true, y)
                        : sum_of_inputs(n, x, bias, true, residual, false, y);
    return residual ? sum_of_inputs(n, x, bias, false, residual, true, y)
                    : sum_of_inputs(n, x, bias, false, residual, false, y);
}

INLINE void normalize_row(ptrdiff_t n, const float *z, row_spread spread, const float *gamma, const float *beta,
                          float *y) {
    const float mean = spread.mean, scale = spread.scale, shift = spread.shift;
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) {
        const vfloat d = load(z + j) - mean;
        vfloat v = d * scale + shift;
        if (gamma) v = v * load(gamma + j);
        if (beta) v = v + load(beta + j);
        store(y + j, v);
    }
    if (j < n) {
        const vfloat d = load_first(z + j, n - j) - mean;
        vfloat v = d * scale + shift;
        if (gamma) v = v * load_first(gamma + j, n - j);
        if (beta) v = v + load_first(beta + j, n - j);
        store_first(y + j, v, n - j);
    }
}

/// Normalizes rows. A sum is available some time after the last element was read, during which the next row is read, so
/// each step is computed for a few rows before the next step.
static void layer_norm(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *bias,
                       const float *residual, ptrdiff_t ldr, const float *gamma, const float *beta, float eps, float *y,
                       ptrdiff_t ldy) {
    enum { BLOCK = 4 };
    if (n <= 0) return;
    const bool keeps = bias || residual;
    while (rows > 0) {
        const ptrdiff_t count = rows < BLOCK ? rows : BLOCK;
        float totals[BLOCK];
        row_spread spreads[BLOCK];
        for (ptrdiff_t i = 0; i < count; i++)
            totals[i] = total_of_row(n, x + i * ldx, bias, residual ? residual + i * ldr : NULL, y + i * ldy);
        const float *z = keeps ? y : x;
        const ptrdiff_t ldz = keeps ? ldy : ldx;
        for (ptrdiff_t i = 0; i < count; i++) spreads[i] = spread_of(n, z + i * ldz, totals[i] * (1 / (float)n), eps);
        for (ptrdiff_t i = 0; i < count; i++) normalize_row(n, z + i * ldz, spreads[i], gamma, beta, y + i * ldy);
        rows -= count;
        x += count * ldx;
        y += count * ldy;
        if (residual) residual += count * ldr;
    }
}

static ptrdiff_t embed(ptrdiff_t rows, ptrdiff_t n, const bert_lookup *lookups, ptrdiff_t count, const float *gamma,
                       const float *beta, float eps, float *y, ptrdiff_t ldy) {
    const ptrdiff_t valid = bert_first_invalid_row(rows, lookups, count);
    for (ptrdiff_t i = 0; i < valid && n > 0; i++) {
        float *yi = y + i * ldy;
#define ROW(t) (lookups[t].table + (lookups[t].indices ? lookups[t].indices[i] : 0) * n)
        // The layer norm adds the last table.
        for (ptrdiff_t t = 1; t < count - 1; t++)
            combine_row(n, t == 1 ? ROW(0) : yi, false, ROW(t), false, yi, plus);
        if (count <= 0)
            memset(yi, 0, (size_t)n * sizeof(float));
        layer_norm(1, n, count == 1 || count == 2 ? ROW(0) : yi, n, NULL, count > 1 ? ROW(count - 1) : NULL, n, gamma,
                   beta, eps, yi, n);
#undef ROW
    }
    return valid < rows ? valid : -1;
}

// MARK: Softmax

/// Computes exp(y - top) in place, and returns the sum. Lanes beyond `n` are neither read nor written.
INLINE float exponentials(ptrdiff_t n, float top, float *y) {
    wfloat sums[2] = {0};
    ptrdiff_t j = 0;
    for (; j + 2 * WIDE <= n; j += 2 * WIDE)
#pragma clang loop unroll(full)
        for (int u = 0; u < 2; u++) {
            const wfloat e = wide_each(wide_load(y + j + u * WIDE) - top, exp_of_negative);
            wide_store(y + j + u * WIDE, e);
            sums[u] += e;
        }
    for (; j + WIDE <= n; j += WIDE) {
        const wfloat e = wide_each(wide_load(y + j) - top, exp_of_negative);
        wide_store(y + j, e);
        sums[0] += e;
    }
    if (j < n) {
        const wfloat e = wide_each(wide_load_first(y + j, n - j) - top, exp_of_negative);
        wide_store_first(y + j, e, n - j);
        sums[1] += wide_only_first(e, n - j, 0);
    }
    return wide_sum(sums[0] + sums[1]);
}

/// Computes y = y · factor.
INLINE void scale_row(ptrdiff_t n, float factor, float *y) {
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) store(y + j, load(y + j) * factor);
    if (j < n) store_first(y + j, load_first(y + j, n - j) * factor, n - j);
}

INLINE void fill_row(ptrdiff_t n, float value, float *y) {
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) store(y + j, splat(value));
    if (j < n) store_first(y + j, splat(value), n - j);
}

/// Computes y = scale · x + mask, and returns the maximum, which may ignore NaN.
INLINE float scores_of(ptrdiff_t n, float scale, const float *x, const float *mask, bool has_mask, float *y) {
    const vfloat lowest = splat(-__builtin_inff());
    vfloat tops[2] = {lowest, lowest};
    ptrdiff_t j = 0;
    for (; j + 2 * LANES <= n; j += 2 * LANES)
#pragma clang loop unroll(full)
        for (int u = 0; u < 2; u++) {
            const vfloat v = load(x + j + u * LANES);
            const vfloat s = has_mask ? v * scale + load(mask + j + u * LANES) : v * scale;
            store(y + j + u * LANES, s);
            tops[u] = at_least(s, tops[u]);
        }
    for (; j < n; j += LANES) {
        const ptrdiff_t rest = n - j;
        const bool whole = rest >= LANES;
        vfloat s = (whole ? load(x + j) : load_first(x + j, rest)) * scale;
        if (has_mask) s = s + (whole ? load(mask + j) : load_first(mask + j, rest));
        if (whole)
            store(y + j, s);
        else
            store_first(y + j, s, rest);
        tops[0] = at_least(choose(first_lanes(rest), s, lowest), tops[0]);
    }
    const vfloat both = at_least(tops[0], tops[1]);
    return greatest_of_lanes(both);
}

static void softmax(ptrdiff_t rows, ptrdiff_t n, float scale, const float *x, ptrdiff_t ldx, const float *mask,
                    ptrdiff_t ldm, float *y, ptrdiff_t ldy) {
    if (n <= 0) return;
    for (ptrdiff_t i = 0; i < rows; i++) {
        float *yi = y + i * ldy;
        float top = mask ? scores_of(n, scale, x + i * ldx, mask + i * ldm, true, yi)
                         : scores_of(n, scale, x + i * ldx, NULL, false, yi);
        // All elements are masked, by −∞ or the lowest number. The result is then uniform, or NaN if an element is NaN.
        if (top <= -__FLT_MAX__) top = 0;
        const float sum = exponentials(n, top, yi);
        if (sum == 0)
            fill_row(n, 1 / (float)n, yi);
        else
            scale_row(n, 1 / sum, yi);
    }
}

// MARK: Norms and reductions

static void l2_normalize(ptrdiff_t rows, ptrdiff_t n, float eps, const float *x, ptrdiff_t ldx, float *y,
                         ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float *xi = x + i * ldx;
        float *yi = y + i * ldy;
        wfloat squares[2] = {0};
        ptrdiff_t j = 0;
        for (; j + 2 * WIDE <= n; j += 2 * WIDE)
#pragma clang loop unroll(full)
            for (int u = 0; u < 2; u++) {
                const wfloat v = wide_load(xi + j + u * WIDE);
                squares[u] = v * v + squares[u];
            }
        for (; j < n; j += WIDE) {
            const wfloat v = n - j < WIDE ? wide_load_first(xi + j, n - j) : wide_load(xi + j);
            squares[0] = v * v + squares[0];
        }
        const float norm = __builtin_sqrtf(wide_sum(squares[0] + squares[1]));
        const float divisor = norm < eps ? eps : norm;
        for (j = 0; j + LANES <= n; j += LANES) store(yi + j, load(xi + j) / divisor);
        if (j < n) store_first(yi + j, load_first(xi + j, n - j) / divisor, n - j);
    }
}

/// Reduces `count` adjacent vectors of columns. The last vector has `last` lanes. Sums are computed in groups of 32
/// rows.
INLINE void reduce_strip(bool maximum, ptrdiff_t rows, int count, ptrdiff_t last, float factor, const float *x,
                         ptrdiff_t ldx, float *y) {
    vfloat totals[4];
    for (int u = 0; u < count; u++) totals[u] = splat(maximum ? -__builtin_inff() : 0);
    for (ptrdiff_t from = 0; from < rows; from += 32) {
        const ptrdiff_t to = from + 32 < rows ? from + 32 : rows;
        vfloat portion[4];
        for (int u = 0; u < count; u++) portion[u] = splat(maximum ? -__builtin_inff() : 0);
        for (ptrdiff_t i = from; i < to; i++)
#pragma clang loop unroll(full)
            for (int u = 0; u < count; u++) {
                const float *p = x + i * ldx + u * LANES;
                const vfloat v = last < LANES ? load_first(p, last) : load(p);
                portion[u] = maximum ? greater(portion[u], v) : portion[u] + v;
            }
        for (int u = 0; u < count; u++)
            totals[u] = maximum ? greater(totals[u], portion[u]) : totals[u] + portion[u];
    }
    for (int u = 0; u < count; u++) {
        const vfloat v = maximum ? totals[u] : totals[u] * factor;
        if (last < LANES)
            store_first(y + u * LANES, v, last);
        else
            store(y + u * LANES, v);
    }
}

INLINE void reduce_strips(bool maximum, ptrdiff_t rows, ptrdiff_t n, float factor, const float *x, ptrdiff_t ldx,
                          float *y) {
    ptrdiff_t j = 0;
    for (; j + 4 * LANES <= n; j += 4 * LANES)
        reduce_strip(maximum, rows, 4, LANES, factor, x + j, ldx, y + j);
    for (; j + LANES <= n; j += LANES) reduce_strip(maximum, rows, 1, LANES, factor, x + j, ldx, y + j);
    if (j < n) reduce_strip(maximum, rows, 1, n - j, factor, x + j, ldx, y + j);
}

static void reduce_rows(bert_reduce_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y) {
    if (op == BERT_REDUCE_MAX)
        reduce_strips(true, rows, n, 1, x, ldx, y);
    else
        reduce_strips(false, rows, n, op == BERT_REDUCE_MEAN && rows > 0 ? 1 / (float)rows : 1, x, ldx, y);
}

/// Returns the sum or the maximum of a row.
INLINE float reduced(bool maximum, ptrdiff_t n, const float *x) {
    const float neutral = maximum ? -__builtin_inff() : 0;
    const wfloat start = neutral - (wfloat){0};
    wfloat sums[4] = {start, start, start, start};
    ptrdiff_t j = 0;
    for (; j + 4 * WIDE <= n; j += 4 * WIDE)
#pragma clang loop unroll(full)
        for (int u = 0; u < 4; u++) {
            const wfloat v = wide_load(x + j + u * WIDE);
            sums[u] = maximum ? wide_greater(sums[u], v) : sums[u] + v;
        }
    for (; j < n; j += WIDE) {
        const ptrdiff_t rest = n - j;
        const wfloat v = rest < WIDE ? wide_only_first(wide_load_first(x + j, rest), rest, neutral) : wide_load(x + j);
        sums[0] = maximum ? wide_greater(sums[0], v) : sums[0] + v;
    }
    if (maximum) return wide_greatest(wide_greater(wide_greater(sums[0], sums[1]), wide_greater(sums[2], sums[3])));
    return wide_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

static void reduce_columns(bert_reduce_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float v = reduced(op == BERT_REDUCE_MAX, n, x + i * ldx);
        y[i] = op == BERT_REDUCE_MEAN && n > 0 ? v / (float)n : v;
    }
}
