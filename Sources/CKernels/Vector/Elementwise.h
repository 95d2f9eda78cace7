// Elementwise kernels.

#pragma once

#include "Math.h"

/// Expands to `CASE(constant, function)` for the requested operation.
#define FOR_UNARY(op, CASE)                                                                                           \
    switch (op) {                                                                                                     \
        CASE(BERT_UNARY_NEGATE, negative_of)                                                                          \
        CASE(BERT_UNARY_ABS, absolute)                                                                                \
        CASE(BERT_UNARY_SQUARE, square_of)                                                                            \
        CASE(BERT_UNARY_SQRT, square_root_of)                                                                         \
        CASE(BERT_UNARY_RECIPROCAL, reciprocal_of)                                                                    \
        CASE(BERT_UNARY_EXP, exp_of)                                                                                  \
        CASE(BERT_UNARY_LOG, log_of)                                                                                  \
        CASE(BERT_UNARY_TANH, tanh_of)                                                                                \
        CASE(BERT_UNARY_ERF, erf_of)                                                                                  \
        CASE(BERT_UNARY_SIGMOID, sigmoid_of)                                                                          \
        CASE(BERT_UNARY_RELU, relu_of)                                                                                \
        CASE(BERT_UNARY_GELU, gelu_of)                                                                                \
        CASE(BERT_UNARY_GELU_TANH, gelu_tanh_of)                                                                      \
        CASE(BERT_UNARY_SILU, silu_of)                                                                                \
        CASE(BERT_UNARY_QUICK_GELU, quick_gelu_of)                                                                    \
        case BERT_UNARY_IDENTITY:                                                                                     \
        default: CASE_BODY(identity_of)                                                                               \
    }
#define UNARY_CASE(constant, function)                                                                                \
    case constant: CASE_BODY(function) break;

typedef vfloat (*unary_function)(vfloat);

INLINE void map_row(ptrdiff_t n, const float *x, float *y, unary_function f) {
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) store(y + j, f(load(x + j)));
    if (j < n) store_first(y + j, f(load_first(x + j, n - j)), n - j);
}

INLINE void map_biased_row(ptrdiff_t n, const float *x, const float *bias, float *y, unary_function f) {
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) store(y + j, f(load(x + j) + load(bias + j)));
    if (j < n) store_first(y + j, f(load_first(x + j, n - j) + load_first(bias + j, n - j)), n - j);
}

static void unary(bert_unary_op op, ptrdiff_t n, const float *x, float *y) {
#define CASE_BODY(function) map_row(n, x, y, function);
    FOR_UNARY(op, UNARY_CASE)
#undef CASE_BODY
}

static void bias_unary(bert_unary_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *bias,
                       float *y, ptrdiff_t ldy) {
    if (!bias) {
        for (ptrdiff_t i = 0; i < rows; i++) unary(op, n, x + i * ldx, y + i * ldy);
        return;
    }
#define CASE_BODY(function)                                                                                           \
    for (ptrdiff_t i = 0; i < rows; i++) map_biased_row(n, x + i * ldx, bias, y + i * ldy, function);
    FOR_UNARY(op, UNARY_CASE)
#undef CASE_BODY
}

typedef vfloat (*binary_function)(vfloat, vfloat);

INLINE vfloat minus(vfloat a, vfloat b) { return a - b; }

INLINE vfloat times(vfloat a, vfloat b) { return a * b; }

INLINE vfloat over(vfloat a, vfloat b) { return a / b; }

/// Combines a row of two operands. Each operand can be a single number for all columns.
INLINE void combine_row(ptrdiff_t n, const float *a, bool single_a, const float *b, bool single_b, float *y,
                        binary_function f) {
    const vfloat first = splat(*a), second = splat(*b);
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) store(y + j, f(single_a ? first : load(a + j), single_b ? second : load(b + j)));
    if (j < n)
        store_first(y + j, f(single_a ? first : load_first(a + j, n - j), single_b ? second : load_first(b + j, n - j)),
                    n - j);
}

INLINE void combine(ptrdiff_t rows, ptrdiff_t n, const float *a, ptrdiff_t lda, bool single_a, const float *b,
                    ptrdiff_t ldb, bool single_b, float *y, ptrdiff_t ldy, binary_function f) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        // Constant arguments, so that each case is compiled to its own loop.
        if (!single_a && !single_b) combine_row(n, a + i * lda, false, b + i * ldb, false, y + i * ldy, f);
        if (single_a && !single_b) combine_row(n, a + i * lda, true, b + i * ldb, false, y + i * ldy, f);
        if (!single_a && single_b) combine_row(n, a + i * lda, false, b + i * ldb, true, y + i * ldy, f);
        if (single_a && single_b) combine_row(n, a + i * lda, true, b + i * ldb, true, y + i * ldy, f);
    }
}

static void binary(bert_binary_op op, ptrdiff_t rows, ptrdiff_t n, const float *a, ptrdiff_t lda, ptrdiff_t stepa,
                   const float *b, ptrdiff_t ldb, ptrdiff_t stepb, float *y, ptrdiff_t ldy) {
    if (n <= 0) return;
#define CASE(constant, function)                                                                                      \
    case constant: combine(rows, n, a, lda, stepa == 0, b, ldb, stepb == 0, y, ldy, function); break;
    switch (op) {
        CASE(BERT_BINARY_ADD, plus)
        CASE(BERT_BINARY_SUBTRACT, minus)
        CASE(BERT_BINARY_MULTIPLY, times)
        CASE(BERT_BINARY_DIVIDE, over)
        CASE(BERT_BINARY_MAXIMUM, greater)
        CASE(BERT_BINARY_MINIMUM, lesser)
    }
#undef CASE
}

static void bias_residual(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *bias,
                          const float *residual, ptrdiff_t ldr, float *y, ptrdiff_t ldy) {
    if (n <= 0) return;
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float *xi = x + i * ldx, *ri = residual + i * ldr;
        float *yi = y + i * ldy;
        ptrdiff_t j = 0;
        if (!bias) {
            combine_row(n, xi, false, ri, false, yi, plus);
            continue;
        }
        for (; j + LANES <= n; j += LANES) store(yi + j, load(xi + j) + load(bias + j) + load(ri + j));
        const ptrdiff_t rest = n - j;
        if (rest > 0)
            store_first(yi + j, load_first(xi + j, rest) + load_first(bias + j, rest) + load_first(ri + j, rest), rest);
    }
}
