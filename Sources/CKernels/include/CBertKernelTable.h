#ifndef BERT_CKERNEL_TABLE_H
#define BERT_CKERNEL_TABLE_H

#include "CBertKernels.h"

#pragma clang assume_nonnull begin

/// An implementation of all kernels for an instruction set.
///
/// - Shapes are in brackets. A block [rows, n] is row-major. Its leading dimension (`ldx` for `x`, …) is the distance
///   between rows in elements. Columns are contiguous.
/// - A call runs on the calling thread, and doesn't allocate memory or keep state. To use several threads, call the
///   kernel for disjoint ranges of rows.
/// - `y` can be the same block as an input of the same shape (in place). Any other overlap is undefined. Nothing is
///   written outside [rows, n]. Counts below 1 do nothing. No alignment is required; 64 bytes is best.
/// - NaN inputs result in NaN. Results can differ in the last bits between instruction sets, but not between calls with
///   the same instruction set.
typedef struct {
    const char *name;
    /// Whether bfloat16 products use bfloat16 instructions instead of float32 ones.
    bool multiplies_bfloat16;
    /// Whether int8 and bfloat16 products use the tiles of AMX.
    bool has_tiles;

    // MARK: Elementwise

    /// y = op(x), both [n].
    void (*unary)(bert_unary_op op, ptrdiff_t n, const float *x, float *y);

    /// y = op(x + bias), where x and y are [rows, n], and bias is [n] or NULL.
    void (*bias_unary)(bert_unary_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx,
                       const float *_Nullable bias, float *y, ptrdiff_t ldy);

    /// y = op(a, b), where y is [rows, n]. Each operand is broadcast according to its strides: element (i, j) of `a` is
    /// `a[i·lda + j·stepa]`, where `stepa` is 0 or 1. A row vector has a leading dimension of 0, a column vector has a
    /// step of 0, and a scalar has both.
    void (*binary)(bert_binary_op op, ptrdiff_t rows, ptrdiff_t n, const float *a, ptrdiff_t lda, ptrdiff_t stepa,
                   const float *b, ptrdiff_t ldb, ptrdiff_t stepb, float *y, ptrdiff_t ldy);

    /// y = x + bias + residual, where x, residual and y are [rows, n], and bias is [n] or NULL.
    void (*bias_residual)(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *_Nullable bias,
                          const float *residual, ptrdiff_t ldr, float *y, ptrdiff_t ldy);

    // MARK: Rows

    /// y = (z - mean(z)) / √(var(z) + eps) · gamma + beta for each row, where z = x + bias + residual. The variance is
    /// the biased one, and is computed from the centered values. x, residual and y are [rows, n]; bias, gamma and beta
    /// are [n]. A NULL bias, residual or beta is 0, and a NULL gamma is 1. `y` can be `x` or `residual`.
    void (*layer_norm)(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *_Nullable bias,
                       const float *_Nullable residual, ptrdiff_t ldr, const float *_Nullable gamma,
                       const float *_Nullable beta, float eps, float *y, ptrdiff_t ldy);

    /// y = softmax(scale · x + mask) for each row. x and y are [rows, n]. mask is [rows, n], a single row for all rows
    /// if `ldm` is 0, or NULL. If all elements of a row are -∞ or absorbed by the lowest finite number, the result is
    /// 1/n for all of them. A row with NaN or +∞ results in NaN. Terms below e^-87 times the largest one are 0.
    void (*softmax)(ptrdiff_t rows, ptrdiff_t n, float scale, const float *x, ptrdiff_t ldx,
                    const float *_Nullable mask, ptrdiff_t ldm, float *y, ptrdiff_t ldy);

    /// y = x / max(‖x‖₂, eps) for each row, where x and y are [rows, n].
    void (*l2_normalize)(ptrdiff_t rows, ptrdiff_t n, float eps, const float *x, ptrdiff_t ldx, float *y,
                         ptrdiff_t ldy);

    /// Reduces the rows to a single row: x is [rows, n], y is [n]. Used for pooling the tokens of a sequence.
    void (*reduce_rows)(bert_reduce_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y);

    /// Reduces each row to a number: x is [rows, n], y is [rows].
    void (*reduce_columns)(bert_reduce_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y);

    // MARK: Lookups

    /// y = the layer norm of the sum of a row from each of `count` tables (word, position, token type), where y is
    /// [rows, n], and gamma and beta are as in `layer_norm`. Returns -1, or the first row with an index out of its
    /// table's bounds. In this case, the rows from this one on aren't written.
    ptrdiff_t (*embed)(ptrdiff_t rows, ptrdiff_t n, const bert_lookup *lookups, ptrdiff_t count,
                       const float *_Nullable gamma, const float *_Nullable beta, float eps, float *y, ptrdiff_t ldy);

    // MARK: Conversions

    // They round to nearest, ties to even. Infinities and subnormal numbers are exact, and NaN becomes a quiet
    /// NaN. All arrays are [n].
    void (*float_from_half)(ptrdiff_t n, const uint16_t *x, float *y);
    void (*half_from_float)(ptrdiff_t n, const float *x, uint16_t *y);
    void (*float_from_bfloat)(ptrdiff_t n, const uint16_t *x, float *y);
    void (*bfloat_from_float)(ptrdiff_t n, const float *x, uint16_t *y);

    // MARK: Integers

    /// Quantizes each row to integers with a zero point. With r = max(x, 0) - min(x, 0), the zero point is
    /// round(-min(x, 0) · (255/r)), the scale is r/255, and q = min(round(x · (255/r)) + zero, 255), with ties to even.
    /// q represents (q - zero) · scale. If r < 2^-119, all of them are 0. If r is infinite or NaN, q and zero are 0,
    /// and the scale is NaN. x and q are [rows, n]; scales and zeros are [rows].
    void (*quantize)(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, uint8_t *q, ptrdiff_t ldq,
                     float *scales, int32_t *zeros);

    /// Quantizes each row of weights to integers without a zero point. a is the maximum magnitude of a weight, or of
    /// the sum of two neighbors with the same sign, w[2i] and w[2i + 1]. Then the scale is a/127, and q = round(w ·
    /// (127/a)), with ties to even. q represents q · scale. The sum of two such neighbors is at most 128, so the sum of
    /// their products with bytes fits in 16 bits. If a < 2^-119, q and the scale are 0. If a is infinite or NaN, q is 0
    /// and the scale is NaN. w and q are [rows, n]; scales is [rows].
    void (*quantize_weights)(ptrdiff_t rows, ptrdiff_t n, const float *w, ptrdiff_t ldw, int8_t *q, ptrdiff_t ldq,
                             float *scales);

    /// y = op((sums - zeros · columnSums) · (rowScales · columnScales) + bias) + residual. sums, residual and y are
    /// [rows, n]; columnSums, columnScales and bias are [n]; rowScales and zeros are [rows]. A NULL bias or residual is
    /// 0.
    void (*dequantize)(bert_unary_op op, ptrdiff_t rows, ptrdiff_t n, const int32_t *sums, ptrdiff_t lds,
                       const float *rowScales, const int32_t *zeros, const float *columnScales,
                       const int32_t *columnSums, const float *_Nullable bias, const float *_Nullable residual,
                       ptrdiff_t ldr, float *y, ptrdiff_t ldy);

    // MARK: Products with packed weights

    /// Returns the number of columns in a panel of packed weights. Panels differ between instruction sets, so weights
    /// are multiplied by the implementation that packed them.
    ptrdiff_t (*panel_columns)(bert_product_type type);

    /// Returns the number of rows that are multiplied at a time. Numbers of rows that are multiples of it are the most
    /// efficient.
    ptrdiff_t (*tile_rows)(bert_product_type type);

    /// Returns the size of a panel in bytes.
    ptrdiff_t (*panel_size)(bert_product_type type, ptrdiff_t inner);

    /// Packs up to `panel_columns` columns into a panel, and fills the others with 0. Element k of column j is `w[j ·
    /// ldw + k · step]`. The step is 1 for int8. For int8, also computes the scale and the sum of the integers of each
    /// column, both [columns].
    void (*pack_panel)(bert_product_type type, ptrdiff_t inner, ptrdiff_t columns, const float *w, ptrdiff_t step,
                       ptrdiff_t ldw, void *packed, float *_Nullable scales, int32_t *_Nullable sums);

    /// Returns the number of bytes of scratch memory that `multiply` needs.
    ptrdiff_t (*multiply_scratch)(bert_product_type type, ptrdiff_t rows, ptrdiff_t inner);

    /// Computes a product. An element is bitwise equal regardless of the rows and columns computed with it. `y` must
    /// not overlap an input.
    void (*multiply)(const bert_product *product, void *scratch);

    // MARK: Attention

    /// Rotates the pairs of elements (j, j + half) of each row: y[j] = x[j] c - x[j + half] s and y[j + half] = x[j +
    /// half] c + x[j] s, where c and s are from row `positions[i]` of the tables [·, half], or from row i if positions
    /// is NULL. x and y are [rows, 2 half]. `y` must not overlap an input.
    void (*rotate)(ptrdiff_t rows, ptrdiff_t half, const float *x, ptrdiff_t ldx, const float *cosines,
                   const float *sines, const int32_t *_Nullable positions, float *y, ptrdiff_t ldy);

    /// out = softmax(scale · q kᵀ + mask) v. Rows that are masked entirely are those of `softmax`, unless the head's
    /// rows are zeroed. Without keys, `out` is 0. `scratch` needs no initial values, and no other call may use it at
    /// the same time. `out` must not overlap the inputs.
    void (*attention)(const bert_attention_head *head, float *scratch);

    // MARK: Training

    /// y = g · op′(x), all [n]. The derivative of ReLU at 0 is 0.
    void (*unary_gradient)(bert_unary_op op, ptrdiff_t n, const float *x, const float *g, float *y);

    /// y is the gradient of the layer norm's input x + residual, given the gradient g of its result. gammaSums and
    /// betaSums [n] are the contributions of these rows to the gradients of gamma and beta.
    void (*layer_norm_gradient)(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx,
                                const float *_Nullable residual, ptrdiff_t ldr, const float *gamma, float eps,
                                const float *g, ptrdiff_t ldg, float *y, ptrdiff_t ldy, float *gammaSums,
                                float *betaSums);

    /// y = scale · p (g - Σ g p) for each row.
    void (*softmax_gradient)(ptrdiff_t rows, ptrdiff_t n, float scale, const float *p, ptrdiff_t ldp, const float *g,
                             ptrdiff_t ldg, float *y, ptrdiff_t ldy);

    /// y is the gradient of x, given the gradient g of the result.
    void (*l2_normalize_gradient)(ptrdiff_t rows, ptrdiff_t n, float eps, const float *x, ptrdiff_t ldx, const float *g,
                                  ptrdiff_t ldg, float *y, ptrdiff_t ldy);

    /// Computes the gradients of q, k and v. `scratch` has the size from `bert_attention_gradient_scratch`.
    void (*attention_gradient)(const bert_attention_head_gradient *head, float *scratch);

    /// y = x with dropped elements, both [n]. `first` is the dropout position of the first element.
    void (*dropout)(const bert_dropout_mask *dropout, uint64_t first, ptrdiff_t n, const float *x, float *y);

    /// A step of all elements. The results can be stored in place.
    void (*adamw)(const bert_adamw_step *step, ptrdiff_t n, const float *g, const float *p, const float *m,
                  const float *v, float *newP, float *newM, float *newV);

    /// Returns the sum, from sixteen double-precision lanes that are reduced by halving.
    double (*sum_of_squares)(ptrdiff_t n, const float *x);

    /// Computes losses [rows] and their gradient y [rows, n], multiplied by `scale`. Labels are valid or `ignored`.
    void (*cross_entropy)(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const int32_t *labels,
                          int32_t ignored, float smoothing, float scale, float *losses, float *y, ptrdiff_t ldy);

    /// y [n, rows] is the transpose of x [rows, n].
    void (*transpose_rows)(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y, ptrdiff_t ldy);

    // MARK: Search

    /// y[i, j] = x[i] · q[j], where x is [rows, n] and q is [queries, n]. The rows of x are read once.
    void (*scan_floats)(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, ptrdiff_t queries, const float *q,
                        float *y, ptrdiff_t ldy);

    /// Like `scan_floats`, where byte b of column k stands for starts[k] + sizes[k] · min((b ^ flip) + 0.5, 255).
    void (*scan_bytes)(ptrdiff_t rows, ptrdiff_t n, const uint8_t *x, ptrdiff_t ldx, uint8_t flip, const float *starts,
                       const float *sizes, ptrdiff_t queries, const float *q, float *y, ptrdiff_t ldy);

    /// Like `scan_floats`, where a bit of x ^ flip stands for 1 if it is set, and for −1 otherwise. A row has (n + 7) /
    /// 8 bytes. The first component of a byte is its highest bit.
    void (*scan_bits)(ptrdiff_t rows, ptrdiff_t n, const uint8_t *x, ptrdiff_t ldx, uint8_t flip, ptrdiff_t queries,
                      const float *q, float *y, ptrdiff_t ldy);

    /// y[i, j] = Σ_p 2^p · |(x[i] ^ signs) & planes[p]|, where |·| is the number of bits that are set. A row of x has
    /// `bytes` bytes. A query in q has 1 + BERT_SCAN_PLANES sequences of (bytes + 7) / 8 words with the bytes in the
    /// order of x: its signs, and its planes, which are 0 beyond a row's bytes.
    void (*scan_planes)(ptrdiff_t rows, ptrdiff_t bytes, const uint8_t *x, ptrdiff_t ldx, ptrdiff_t queries,
                        const uint64_t *q, uint32_t *y, ptrdiff_t ldy);

    /// y[k] = starts[k] + sizes[k] · min((x[k] ^ flip) + 0.5, 255).
    void (*widen_steps)(ptrdiff_t n, const uint8_t *x, uint8_t flip, const float *starts, const float *sizes, float *y);
} bert_kernel_table;

/// The names of all kernels.
#define BERT_KERNELS(X)                                                                                                \
    X(unary) X(bias_unary) X(binary) X(bias_residual) X(layer_norm) X(softmax) X(l2_normalize) X(reduce_rows)          \
    X(reduce_columns) X(embed) X(float_from_half) X(half_from_float) X(float_from_bfloat) X(bfloat_from_float)         \
    X(quantize) X(quantize_weights) X(dequantize) X(panel_columns) X(tile_rows) X(panel_size) X(pack_panel)            \
    X(multiply_scratch) X(multiply) X(rotate) X(attention) X(unary_gradient) X(layer_norm_gradient)                    \
    X(softmax_gradient) X(l2_normalize_gradient) X(attention_gradient) X(dropout) X(adamw) X(sum_of_squares)           \
    X(cross_entropy) X(transpose_rows) X(scan_floats) X(scan_bytes) X(scan_bits) X(scan_planes) X(widen_steps)

/// Returns the implementation for the fastest instruction set of this machine. This is the last supported one, except
/// for "avx512bf16" if not `bert_bfloat16_is_fast`.
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
