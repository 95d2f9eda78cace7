#ifndef BERT_CKERNEL_TABLE_H
#define BERT_CKERNEL_TABLE_H

#include "CBertKernels.h"

#pragma clang assume_nonnull begin

// All kernels, with their name without `bert_`, result, parameters and arguments. The type of the table, the public
// functions, and the entries of each implementation are generated from this list.
#define BERT_KERNELS(X)                                                                                                \
    X(unary, void, (bert_unary_op op, ptrdiff_t n, const float *x, float *y), (op, n, x, y))                           \
    X(bias_unary, void,                                                                                                \
      (bert_unary_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *_Nullable bias,      \
       float *y, ptrdiff_t ldy),                                                                                       \
      (op, rows, n, x, ldx, bias, y, ldy))                                                                             \
    X(binary, void,                                                                                                    \
      (bert_binary_op op, ptrdiff_t rows, ptrdiff_t n, const float *a, ptrdiff_t lda, ptrdiff_t stepa, const float     \
       *b, ptrdiff_t ldb, ptrdiff_t stepb, float *y, ptrdiff_t ldy),                                                   \
      (op, rows, n, a, lda, stepa, b, ldb, stepb, y, ldy))                                                             \
    X(bias_residual, void,                                                                                             \
      (ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *_Nullable bias, const float            \
       *residual, ptrdiff_t ldr, float *y, ptrdiff_t ldy),                                                             \
      (rows, n, x, ldx, bias, residual, ldr, y, ldy))                                                                  \
    X(layer_norm, void,                                                                                                \
      (ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *_Nullable bias, const float            \
       *_Nullable residual, ptrdiff_t ldr, const float *_Nullable gamma, const float *_Nullable beta, float eps,       \
       float *y, ptrdiff_t ldy),                                                                                       \
      (rows, n, x, ldx, bias, residual, ldr, gamma, beta, eps, y, ldy))                                                \
    X(softmax, void,                                                                                                   \
      (ptrdiff_t rows, ptrdiff_t n, float scale, const float *x, ptrdiff_t ldx, const float *_Nullable mask,           \
       ptrdiff_t ldm, float *y, ptrdiff_t ldy),                                                                        \
      (rows, n, scale, x, ldx, mask, ldm, y, ldy))                                                                     \
    X(l2_normalize, void,                                                                                              \
      (ptrdiff_t rows, ptrdiff_t n, float eps, const float *x, ptrdiff_t ldx, float *y, ptrdiff_t ldy),                \
      (rows, n, eps, x, ldx, y, ldy))                                                                                  \
    X(reduce_rows, void,                                                                                               \
      (bert_reduce_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y),                       \
      (op, rows, n, x, ldx, y))                                                                                        \
    X(reduce_columns, void,                                                                                            \
      (bert_reduce_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y),                       \
      (op, rows, n, x, ldx, y))                                                                                        \
    X(embed, ptrdiff_t,                                                                                                \
      (ptrdiff_t rows, ptrdiff_t n, const bert_lookup *lookups, ptrdiff_t count, const float *_Nullable gamma, const   \
       float *_Nullable beta, float eps, float *y, ptrdiff_t ldy),                                                     \
      (rows, n, lookups, count, gamma, beta, eps, y, ldy))                                                             \
    X(float_from_half, void, (ptrdiff_t n, const uint16_t *x, float *y), (n, x, y))                                    \
    X(half_from_float, void, (ptrdiff_t n, const float *x, uint16_t *y), (n, x, y))                                    \
    X(float_from_bfloat, void, (ptrdiff_t n, const uint16_t *x, float *y), (n, x, y))                                  \
    X(bfloat_from_float, void, (ptrdiff_t n, const float *x, uint16_t *y), (n, x, y))                                  \
    X(quantize, void,                                                                                                  \
      (ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, uint8_t *q, ptrdiff_t ldq, float *scales,           \
       int32_t *zeros),                                                                                                \
      (rows, n, x, ldx, q, ldq, scales, zeros))                                                                        \
    X(quantize_weights, void,                                                                                          \
      (ptrdiff_t rows, ptrdiff_t n, const float *w, ptrdiff_t ldw, int8_t *q, ptrdiff_t ldq, float *scales),           \
      (rows, n, w, ldw, q, ldq, scales))                                                                               \
    X(dequantize, void,                                                                                                \
      (bert_unary_op op, ptrdiff_t rows, ptrdiff_t n, const int32_t *sums, ptrdiff_t lds, const float *rowScales,      \
       const int32_t *zeros, const float *columnScales, const int32_t *columnSums, const float *_Nullable bias,        \
       const float *_Nullable residual, ptrdiff_t ldr, float *y, ptrdiff_t ldy),                                       \
      (op, rows, n, sums, lds, rowScales, zeros, columnScales, columnSums, bias, residual, ldr, y, ldy))               \
    X(panel_columns, ptrdiff_t, (bert_product_type type), (type))                                                      \
    X(tile_rows, ptrdiff_t, (bert_product_type type), (type))                                                          \
    X(panel_size, ptrdiff_t, (bert_product_type type, ptrdiff_t inner), (type, inner))                                 \
    X(pack_panel, void,                                                                                                \
      (bert_product_type type, ptrdiff_t inner, ptrdiff_t columns, const float *w, ptrdiff_t step, ptrdiff_t ldw,      \
       void *packed, float *_Nullable scales, int32_t *_Nullable sums),                                                \
      (type, inner, columns, w, step, ldw, packed, scales, sums))                                                      \
    X(multiply_scratch, ptrdiff_t, (bert_product_type type, ptrdiff_t rows, ptrdiff_t inner), (type, rows, inner))     \
    X(multiply, void, (const bert_product *product, void *scratch), (product, scratch))                               \
    X(rotate, void,                                                                                                    \
      (ptrdiff_t rows, ptrdiff_t half, const float *x, ptrdiff_t ldx, const float *cosines, const float *sines,        \
       const int32_t *_Nullable positions, float *y, ptrdiff_t ldy),                                                   \
      (rows, half, x, ldx, cosines, sines, positions, y, ldy))                                                         \
    X(attention, void, (const bert_attention_head *head, float *scratch), (head, scratch))                             \
    X(unary_gradient, void, (bert_unary_op op, ptrdiff_t n, const float *x, const float *g, float *y),                 \
      (op, n, x, g, y))                                                                                                \
    X(layer_norm_gradient, void,                                                                                       \
      (ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *_Nullable residual, ptrdiff_t ldr,     \
       const float *gamma, float eps, const float *g, ptrdiff_t ldg, float *y, ptrdiff_t ldy, float *gammaSums,        \
       float *betaSums),                                                                                               \
      (rows, n, x, ldx, residual, ldr, gamma, eps, g, ldg, y, ldy, gammaSums, betaSums))                               \
    X(softmax_gradient, void,                                                                                          \
      (ptrdiff_t rows, ptrdiff_t n, float scale, const float *p, ptrdiff_t ldp, const float *g, ptrdiff_t ldg, float   \
       *y, ptrdiff_t ldy),                                                                                             \
      (rows, n, scale, p, ldp, g, ldg, y, ldy))                                                                        \
    X(l2_normalize_gradient, void,                                                                                     \
      (ptrdiff_t rows, ptrdiff_t n, float eps, const float *x, ptrdiff_t ldx, const float *g, ptrdiff_t ldg, float *y, \
       ptrdiff_t ldy),                                                                                                 \
      (rows, n, eps, x, ldx, g, ldg, y, ldy))                                                                          \
    X(attention_gradient, void, (const bert_attention_head_gradient *head, float *scratch), (head, scratch))                \
    X(dropout, void, (const bert_dropout_mask *dropout, uint64_t first, ptrdiff_t n, const float *x, float *y),             \
      (dropout, first, n, x, y))                                                                                       \
    X(adamw, void,                                                                                                     \
      (const bert_adamw_step *step, ptrdiff_t n, const float *g, const float *p, const float *m, const float *v, float      \
       *newP, float *newM, float *newV),                                                                               \
      (step, n, g, p, m, v, newP, newM, newV))                                                                         \
    X(sum_of_squares, double, (ptrdiff_t n, const float *x), (n, x))                                                   \
    X(cross_entropy, void,                                                                                             \
      (ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const int32_t *labels, int32_t ignored, float       \
       smoothing, float scale, float *losses, float *y, ptrdiff_t ldy),                                                \
      (rows, n, x, ldx, labels, ignored, smoothing, scale, losses, y, ldy))                                            \
    X(transpose_rows, void,                                                                                            \
      (ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y, ptrdiff_t ldy),                           \
      (rows, n, x, ldx, y, ldy))                                                                                       \
    X(scan_floats, void,                                                                                               \
      (ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, ptrdiff_t queries, const float *q, float *y,        \
       ptrdiff_t ldy),                                                                                                 \
      (rows, n, x, ldx, queries, q, y, ldy))                                                                           \
    X(scan_bytes, void,                                                                                                \
      (ptrdiff_t rows, ptrdiff_t n, const uint8_t *x, ptrdiff_t ldx, uint8_t flip, const float *starts, const float    \
       *sizes, ptrdiff_t queries, const float *q, float *y, ptrdiff_t ldy),                                            \
      (rows, n, x, ldx, flip, starts, sizes, queries, q, y, ldy))                                                      \
    X(scan_bits, void,                                                                                                 \
      (ptrdiff_t rows, ptrdiff_t n, const uint8_t *x, ptrdiff_t ldx, uint8_t flip, ptrdiff_t queries, const float *q,  \
       float *y, ptrdiff_t ldy),                                                                                       \
      (rows, n, x, ldx, flip, queries, q, y, ldy))                                                                     \
    X(scan_planes, void,                                                                                               \
      (ptrdiff_t rows, ptrdiff_t bytes, const uint8_t *x, ptrdiff_t ldx, ptrdiff_t queries, const uint64_t *q,         \
       uint32_t *y, ptrdiff_t ldy),                                                                                    \
      (rows, bytes, x, ldx, queries, q, y, ldy))                                                                       \
    X(widen_steps, void,                                                                                               \
      (ptrdiff_t n, const uint8_t *x, uint8_t flip, const float *starts, const float *sizes, float *y),                \
      (n, x, flip, starts, sizes, y))

/// An implementation of all kernels, each of which corresponds to the function with the same name.
typedef struct {
    const char *name;
    /// Whether bfloat16 products use bfloat16 instructions instead of float32 ones.
    bool multiplies_bfloat16;
    /// Whether int8 and bfloat16 products use the tiles of AMX.
    bool has_tiles;
#define BERT_FIELD(name, result, parameters, arguments) result (*name) parameters;
    BERT_KERNELS(BERT_FIELD)
#undef BERT_FIELD
} bert_kernel_table;

/// Returns the implementation for the fastest instruction set of this machine, which the public functions call. This is
/// the last supported one, except for "avx512bf16" if not `bert_bfloat16_is_fast`.
const bert_kernel_table *bert_kernels_best(void);

/// Returns one of the implementations that this machine supports, in order from the slowest to the fastest, or NULL if
/// `index` is out of range. The instruction sets are "plain" (scalar C), "vector128" (SSE2, NEON), "avx2", "avx512",
/// "avx512vnni", "avx512bf16" and "amx". On Linux, asks for permission to use AMX.
const bert_kernel_table *_Nullable bert_kernels_table(ptrdiff_t index);

/// Returns whether bfloat16 products are bitwise identical to those of the other implementations with fused
/// multiply-add. Returns false for "amx", whose tiles accumulate in another order, and for "avx512bf16" on a processor
/// whose `vdpbf16ps` gives other results than two fused multiply-adds.
bool bert_bfloat16_is_portable(const bert_kernel_table *table);

#pragma clang assume_nonnull end

#endif
