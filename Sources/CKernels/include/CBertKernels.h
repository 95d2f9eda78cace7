#ifndef BERT_CKERNELS_H
#define BERT_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Row-wise and elementwise float32 kernels.
//
// Conventions of all functions:
// - Shapes are in brackets. A block [rows, n] is row-major. Its leading dimension (`ldx` for `x`, …) is the distance
//   between rows in elements. Columns are contiguous.
// - A call runs on the calling thread, and doesn't allocate memory or keep state. To use several threads, call the
//   function for disjoint ranges of rows.
// - `y` can be the same block as an input of the same shape (in place). Any other overlap is undefined. Nothing is
//   written outside [rows, n]. Counts below 1 do nothing. No alignment is required; 64 bytes is best.
// - NaN inputs result in NaN. Results can differ in the last bits between instruction sets, but not between calls with
//   the same instruction set.
// - The functions use the best instruction set of the machine. `bert_kernels_table` returns the implementations for
//   others.

// MARK: Elementwise, one operand

/// A unary function. If a function has a limit at infinity, it returns the limit for infinity (GELU(-∞) = 0).
typedef enum {
    BERT_UNARY_IDENTITY,
    BERT_UNARY_NEGATE,
    BERT_UNARY_ABS,
    BERT_UNARY_SQUARE,
    BERT_UNARY_SQRT,
    BERT_UNARY_RECIPROCAL,
    /// Error of at most 2 ulp, including subnormal results.
    BERT_UNARY_EXP,
    /// Error of at most 2 ulp. The result is -∞ for 0, and NaN for negative numbers.
    BERT_UNARY_LOG,
    /// Absolute error below 2e-7, relative error below 5e-7.
    BERT_UNARY_TANH,
    /// Absolute error below 2e-7, relative error below 5e-7.
    BERT_UNARY_ERF,
    BERT_UNARY_SIGMOID,
    BERT_UNARY_RELU,
    /// x/2 · (1 + erf(x/√2)): "gelu" in transformers.
    BERT_UNARY_GELU,
    /// x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))): "gelu_new", "gelu_pytorch_tanh", "gelu_fast".
    BERT_UNARY_GELU_TANH,
    /// x · sigmoid(x): "silu", "swish".
    BERT_UNARY_SILU,
    /// x · sigmoid(1.702 x): "quick_gelu".
    BERT_UNARY_QUICK_GELU,
} bert_unary_op;

/// y = op(x), both [n].
void bert_unary(bert_unary_op op, ptrdiff_t n, const float *x, float *y);

/// y = op(x + bias), where x and y are [rows, n], and bias is [n] or NULL.
void bert_bias_unary(bert_unary_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx,
                     const float *_Nullable bias, float *y, ptrdiff_t ldy);

// MARK: Elementwise, two operands

typedef enum {
    BERT_BINARY_ADD,
    BERT_BINARY_SUBTRACT,
    BERT_BINARY_MULTIPLY,
    BERT_BINARY_DIVIDE,
    /// The maximum, or NaN if either operand is NaN.
    BERT_BINARY_MAXIMUM,
    /// The minimum, or NaN if either operand is NaN.
    BERT_BINARY_MINIMUM,
} bert_binary_op;

/// y = op(a, b), where y is [rows, n]. Each operand is broadcast according to its strides: element (i, j) of `a` is
/// `a[i·lda + j·stepa]`, where `stepa` is 0 or 1. A row vector has a leading dimension of 0, a column vector has a step
/// of 0, and a scalar has both.
void bert_binary(bert_binary_op op, ptrdiff_t rows, ptrdiff_t n, const float *a, ptrdiff_t lda, ptrdiff_t stepa,
                 const float *b, ptrdiff_t ldb, ptrdiff_t stepb, float *y, ptrdiff_t ldy);

/// y = x + bias + residual, where x, residual and y are [rows, n], and bias is [n] or NULL.
void bert_bias_residual(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *_Nullable bias,
                        const float *residual, ptrdiff_t ldr, float *y, ptrdiff_t ldy);

// MARK: Rows

/// y = (z - mean(z)) / √(var(z) + eps) · gamma + beta for each row, where z = x + bias + residual. The variance is the
/// biased one, and is computed from the centered values. x, residual and y are [rows, n]; bias, gamma and beta are [n].
/// A NULL bias, residual or beta is 0, and a NULL gamma is 1. `y` can be `x` or `residual`.
void bert_layer_norm(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *_Nullable bias,
                     const float *_Nullable residual, ptrdiff_t ldr, const float *_Nullable gamma,
                     const float *_Nullable beta, float eps, float *y, ptrdiff_t ldy);

/// y = softmax(scale · x + mask) for each row. x and y are [rows, n]. mask is [rows, n], a single row for all rows if
/// `ldm` is 0, or NULL. If all elements of a row are -∞ or absorbed by the lowest finite number, the result is 1/n for
/// all of them. A row with NaN or +∞ results in NaN. Terms below e^-87 times the largest one are 0.
void bert_softmax(ptrdiff_t rows, ptrdiff_t n, float scale, const float *x, ptrdiff_t ldx, const float *_Nullable mask,
                  ptrdiff_t ldm, float *y, ptrdiff_t ldy);

/// y = x / max(‖x‖₂, eps) for each row, where x and y are [rows, n].
void bert_l2_normalize(ptrdiff_t rows, ptrdiff_t n, float eps, const float *x, ptrdiff_t ldx, float *y,
                       ptrdiff_t ldy);

typedef enum {
    /// 0 without elements.
    BERT_REDUCE_SUM,
    /// 0 without elements, like the clamped division of sentence-transformers.
    BERT_REDUCE_MEAN,
    /// -∞ without elements, and NaN if an element is NaN.
    BERT_REDUCE_MAX,
} bert_reduce_op;

/// Reduces the rows to a single row: x is [rows, n], y is [n]. Used for pooling the tokens of a sequence.
void bert_reduce_rows(bert_reduce_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y);

/// Reduces each row to a number: x is [rows, n], y is [rows].
void bert_reduce_columns(bert_reduce_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y);

// MARK: Lookups

/// Returns number `index` of a sequence of normally distributed numbers (mean 0, standard deviation 1). It is computed
/// from numbers 2 · index and 2 · index + 1 of SplitMix64 with the given state (Box-Muller).
double bert_normal_number(uint64_t state, uint64_t index);

/// y[i] = range · number `first + i` of the sequence, rounded. The results are those of `bert_normal_number`, bit for
/// bit.
void bert_normal_numbers(uint64_t state, uint64_t first, ptrdiff_t n, double range, float *y);

/// y[i] = table[indices[i]], where table is [tableRows, n] and y is [rows, n]. Returns -1, or the first `i` whose index
/// is out of the table's bounds. In this case, the rows from `i` on aren't written.
ptrdiff_t bert_gather_rows(ptrdiff_t rows, ptrdiff_t n, const float *table, ptrdiff_t ldt, ptrdiff_t tableRows,
                           const int32_t *indices, float *y, ptrdiff_t ldy);

/// A lookup table [rows, n] with contiguous rows.
typedef struct {
    const float *table;
    ptrdiff_t rows;
    /// The table row for each output row, or NULL to use row 0 for all of them.
    const int32_t *_Nullable indices;
} bert_lookup;

/// y = the layer norm of the sum of a row from each of `count` tables (word, position, token type), where y is [rows,
/// n], and gamma and beta are as in `bert_layer_norm`. Returns -1, or the first row with an index out of its table's
/// bounds. In this case, the rows from this one on aren't written.
ptrdiff_t bert_embed(ptrdiff_t rows, ptrdiff_t n, const bert_lookup *lookups, ptrdiff_t count,
                     const float *_Nullable gamma, const float *_Nullable beta, float eps, float *y, ptrdiff_t ldy);

// MARK: Conversions

// Conversions round to nearest, ties to even. Infinities and subnormal numbers are exact, and NaN becomes a quiet NaN.
// All arrays are [n].
void bert_float_from_half(ptrdiff_t n, const uint16_t *x, float *y);
void bert_half_from_float(ptrdiff_t n, const float *x, uint16_t *y);
void bert_float_from_bfloat(ptrdiff_t n, const uint16_t *x, float *y);
void bert_bfloat_from_float(ptrdiff_t n, const float *x, uint16_t *y);

// MARK: Integers

/// Quantizes each row to integers with a zero point. With r = max(x, 0) - min(x, 0), the zero point is round(-min(x, 0)
/// · (255/r)), the scale is r/255, and q = min(round(x · (255/r)) + zero, 255), with ties to even. q represents (q -
/// zero) · scale. If r < 2^-119, all of them are 0. If r is infinite or NaN, q and zero are 0, and the scale is NaN. x
/// and q are [rows, n]; scales and zeros are [rows].
void bert_quantize(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, uint8_t *q, ptrdiff_t ldq,
                   float *scales, int32_t *zeros);

/// Quantizes each row of weights to integers without a zero point. a is the maximum magnitude of a weight, or of the
/// sum of two neighbors with the same sign, w[2i] and w[2i + 1]. Then the scale is a/127, and q = round(w · (127/a)),
/// with ties to even. q represents q · scale. The sum of two such neighbors is at most 128, so the sum of their
/// products with bytes fits in 16 bits. If a < 2^-119, q and the scale are 0. If a is infinite or NaN, q is 0 and the
/// scale is NaN. w and q are [rows, n]; scales is [rows].
void bert_quantize_weights(ptrdiff_t rows, ptrdiff_t n, const float *w, ptrdiff_t ldw, int8_t *q, ptrdiff_t ldq,
                           float *scales);

/// y = op((sums - zeros · columnSums) · (rowScales · columnScales) + bias) + residual. sums, residual and y are [rows,
/// n]; columnSums, columnScales and bias are [n]; rowScales and zeros are [rows]. A NULL bias or residual is 0.
void bert_dequantize(bert_unary_op op, ptrdiff_t rows, ptrdiff_t n, const int32_t *sums, ptrdiff_t lds,
                     const float *rowScales, const int32_t *zeros, const float *columnScales,
                     const int32_t *columnSums, const float *_Nullable bias, const float *_Nullable residual,
                     ptrdiff_t ldr, float *y, ptrdiff_t ldy);

// MARK: Products with packed weights

/// The type of a product's packed weights, which its inputs are converted to.
typedef enum {
    BERT_PRODUCT_FLOAT32,
    /// Inputs and weights are rounded to bfloat16, with float32 accumulation. With fused multiply-add, the second
    /// product of each pair is added before the first, and subnormal numbers are treated as zero, like `vdpbf16ps`.
    BERT_PRODUCT_BFLOAT16,
    /// Inputs are quantized like `bert_quantize`, and weights like `bert_quantize_weights`. Their products are summed
    /// exactly, which is possible in 32 bits for up to 66,311 products.
    BERT_PRODUCT_INT8,
} bert_product_type;

/// Returns whether the bfloat16 instruction of AVX-512 (`vdpbf16ps`) is faster than fused multiply-add in float32. This
/// is the case on AMD processors. Register-only loops (`bert_peak`) reach 460 GFLOP/s with it, and 230 in float32, on
/// two threads of an AMD Zen 4; and 87 and 176 on one thread of an Intel Xeon with AVX512_FP16.
bool bert_bfloat16_is_fast(void);

/// Returns the number of columns in a panel of packed weights. Panels differ between instruction sets, so weights are
/// multiplied by the implementation that packed them.
ptrdiff_t bert_panel_columns(bert_product_type type);

/// Returns the number of rows that are multiplied at a time. Numbers of rows that are multiples of it are the most
/// efficient.
ptrdiff_t bert_tile_rows(bert_product_type type);

/// Returns the size of a panel in bytes.
ptrdiff_t bert_panel_size(bert_product_type type, ptrdiff_t inner);

/// Packs up to `bert_panel_columns` columns into a panel, and fills the others with 0. Element k of column j is `w[j ·
/// ldw + k · step]`. The step is 1 for int8. For int8, also computes the scale and the sum of the integers of each
/// column, both [columns].
void bert_pack_panel(bert_product_type type, ptrdiff_t inner, ptrdiff_t columns, const float *w, ptrdiff_t step,
                     ptrdiff_t ldw, void *packed, float *_Nullable scales, int32_t *_Nullable sums);

/// The product y = op(scale · x w + bias) + residual with packed weights.
typedef struct {
    bert_product_type type;
    ptrdiff_t rows, inner, columns;
    /// [rows, inner]
    const float *x;
    ptrdiff_t ldx;
    /// Contiguous panels.
    const void *weights;
    /// [columns]: for int8, the outputs of `bert_pack_panel`. NULL for other types.
    const float *_Nullable columnScales;
    const int32_t *_Nullable columnSums;
    /// 1 for int8.
    float scale;
    /// [columns] or NULL.
    const float *_Nullable bias;
    bert_unary_op activation;
    /// [rows, columns] or NULL. Must not overlap `y`.
    const float *_Nullable residual;
    ptrdiff_t ldr;
    /// [rows, columns]
    float *y;
    ptrdiff_t ldy;
} bert_product;

/// Returns the number of bytes of scratch memory that `bert_multiply` needs.
ptrdiff_t bert_multiply_scratch(bert_product_type type, ptrdiff_t rows, ptrdiff_t inner);

/// Computes a product. An element is bitwise equal regardless of the rows and columns computed with it. `y` must not
/// overlap an input.
void bert_multiply(const bert_product *product, void *scratch);

// MARK: Dropout

/// Determines which elements are dropped, based on these values and the element's position (see `Dropout` in BertCore).
typedef struct {
    uint32_t seedLow, seedHigh, site, step;
    /// An element is dropped if its sixteen random bits are below this number. Other elements are multiplied by the
    /// factor.
    uint32_t threshold;
    float factor;
} bert_dropout_mask;

// MARK: Attention

/// The parts of attention that depend on the distance between a query and a key, which is place(key) - place(query),
/// with a magnitude below 2^31.
typedef struct {
    /// [queries]
    const int32_t *queries;
    /// [keys]
    const int32_t *keys;
    /// The maximum |distance| at which a query attends to a key, or negative for no limit. Other keys are ignored.
    ptrdiff_t reach;
    /// The bias added to the scaled scores: [2 biasLimit + 1], with the entry clamp(distance, ±biasLimit) + biasLimit,
    /// or NULL.
    const float *_Nullable bias;
    ptrdiff_t biasLimit;
    /// The tables of disentangled attention, [·, width] each, or NULL. scale · q · relativeKeys[row] and scale · k ·
    /// relativeQueries[row] are added to the scores.
    const float *_Nullable relativeKeys, *_Nullable relativeQueries;
    ptrdiff_t ldr;
    /// The table row for clamp(distance, ±rowLimit) + rowLimit: [2 rowLimit + 1], or NULL without tables.
    const int32_t *_Nullable rows;
    ptrdiff_t rowLimit;
    /// The range [firstRow, firstRow + rowCount), which includes all table rows for the distances of these queries and
    /// keys.
    ptrdiff_t firstRow, rowCount;
} bert_attention_positions;

/// How the operands of the two products in attention are rounded.
typedef enum {
    /// They are float32.
    BERT_ROUNDING_NONE,
    /// They are rounded to bfloat16, and subnormal numbers are treated as zero. Sums are the same on all instruction
    /// sets, as for bfloat16 products.
    BERT_ROUNDING_PORTABLE,
    /// Like `BERT_ROUNDING_PORTABLE`, but an implementation with tiles (`has_tiles`) sums in another order, unless
    /// there are positions.
    BERT_ROUNDING_FASTEST,
} bert_rounding;

/// An attention head of a sequence.
typedef struct {
    /// The number of rows of q, the number of rows of k and v, and the number of their columns.
    ptrdiff_t queries, keys, width;
    /// The factor of the scores, usually 1/√width.
    float scale;
    /// [queries, width]
    const float *q;
    ptrdiff_t ldq;
    /// [keys, width]
    const float *k;
    ptrdiff_t ldk;
    /// [keys, width]
    const float *v;
    ptrdiff_t ldv;
    /// Added to the scaled scores: [queries, keys], one row for all queries when `ldm` is 0, or NULL.
    const float *_Nullable mask;
    ptrdiff_t ldm;
    /// Whether a query whose keys in reach are all masked gets zeros rather than the mean of their values.
    bool zeroesMaskedRows;
    /// [queries, width]
    float *out;
    ptrdiff_t ldo;
    /// The output for softmax(scale · q kᵀ + mask): [queries, keys], or NULL.
    float *_Nullable probabilities;
    ptrdiff_t ldp;
    /// NULL if the positions of tokens don't matter.
    const bert_attention_positions *_Nullable positions;
    /// Not with dropout, nor in the implementation without vectors.
    bert_rounding rounding;
    /// NULL without dropout. Otherwise, `first` is the dropout position of the first probability. The probabilities of
    /// further queries follow it.
    const bert_dropout_mask *_Nullable dropout;
    uint64_t first;
} bert_attention_head;

/// The gradient of an attention head of a sequence, without positions.
typedef struct {
    ptrdiff_t queries, keys, width;
    float scale;
    /// [queries, width], [keys, width] and [keys, width].
    const float *q;
    ptrdiff_t ldq;
    const float *k;
    ptrdiff_t ldk;
    const float *v;
    ptrdiff_t ldv;
    /// As in `bert_attention_head`.
    const float *_Nullable mask;
    ptrdiff_t ldm;
    bool zeroesMaskedRows;
    /// The factor on all probabilities; 1 for none.
    float headScale;
    const bert_dropout_mask *_Nullable dropout;
    uint64_t first;
    /// The gradient of the context: [queries, width].
    const float *g;
    ptrdiff_t ldg;
    /// The gradients of q, k and v. They are overwritten, not accumulated.
    float *dq;
    ptrdiff_t lddq;
    float *dk;
    ptrdiff_t lddk;
    float *dv;
    ptrdiff_t lddv;
} bert_attention_head_gradient;

/// Returns the number of floats of scratch memory that the gradient needs, or -1 if it overflows.
ptrdiff_t bert_attention_gradient_scratch(ptrdiff_t keys, ptrdiff_t width);

/// Returns the number of floats of scratch memory that `bert_attention` needs, also in bfloat16, or -1 if it overflows.
ptrdiff_t bert_attention_scratch(ptrdiff_t queries, ptrdiff_t keys, ptrdiff_t width);

/// Returns the additional number of floats that `bert_attention` needs with positions, or -1 if it overflows.
ptrdiff_t bert_attention_positions_scratch(ptrdiff_t keys, ptrdiff_t width, ptrdiff_t rowCount);

/// Rotates the pairs of elements (j, j + half) of each row: y[j] = x[j] c - x[j + half] s and y[j + half] = x[j + half]
/// c + x[j] s, where c and s are from row `positions[i]` of the tables [·, half], or from row i if positions is NULL. x
/// and y are [rows, 2 half]. `y` must not overlap an input.
void bert_rotate(ptrdiff_t rows, ptrdiff_t half, const float *x, ptrdiff_t ldx, const float *cosines,
                 const float *sines, const int32_t *_Nullable positions, float *y, ptrdiff_t ldy);

/// out = softmax(scale · q kᵀ + mask) v. Rows that are masked entirely are those of `bert_softmax`, unless the head's
/// rows are zeroed. Without keys, `out` is 0. `scratch` needs no initial values, and no other call may use it at the
/// same time. `out` must not overlap the inputs.
void bert_attention(const bert_attention_head *head, float *scratch);

// MARK: Peak performance

/// Runs `steps` rounds of multiply-adds on registers only, with the processor's best instructions for the type. Returns
/// the number of multiplications and additions. Its measured speed is an upper bound for matrix products on this core.
int64_t bert_peak(bert_product_type type, int64_t steps);

// MARK: Training

/// The factors of an AdamW step (see `AdamW` in BertCore).
typedef struct {
    float decay, firstShare, secondKept, secondShare, stepSize, correction, epsilon, gradientScale;
} bert_adamw_step;

// Kernels that are called only through the table:
//
// unary_gradient: y = g · op′(x), all [n]. The derivative of ReLU at 0 is 0.
//
// layer_norm_gradient: y is the gradient of the layer norm's input x + residual, given the gradient g of its result.
// gammaSums and betaSums [n] are the contributions of these rows to the gradients of gamma and beta.
//
// softmax_gradient: y = scale · p (g - Σ g p) for each row. l2_normalize_gradient: the gradient of x, given g.
//
// dropout: y = x with dropped elements, both [n]. `first` is the dropout position of the first element.
//
// adamw: a step of all elements. The results can be stored in place.
//
// sum_of_squares: computed in sixteen double-precision lanes, which are reduced by halving.
//
// cross_entropy: losses [rows] and their gradient y [rows, n], multiplied by `scale`. Labels are valid or `ignored`.
//
// transpose_rows: y [n, rows] is the transpose of x [rows, n].
//
// scan_floats: y[i, j] = x[i] · q[j], where x is [rows, n] and q is [queries, n]. The rows of x are read once.
//
// scan_bytes: as scan_floats, where byte b of column k stands for starts[k] + sizes[k] · min((b ^ flip) + 0.5, 255).
//
// scan_bits: as scan_floats, where a bit of x ^ flip stands for 1 if it is set, and for −1 otherwise. A row has
// (n + 7) / 8 bytes. The first component of a byte is its highest bit.
//
// scan_planes: y[i, j] = Σ_p 2^p · |(x[i] ^ signs) & planes[p]|, where |·| is the number of bits that are set. A row of
// x has `bytes` bytes. A query in q has 1 + BERT_SCAN_PLANES sequences of (bytes + 7) / 8 words with the bytes in the
// order of x: its signs, and its planes, which are 0 beyond a row's bytes.
//
// widen_steps: y[k] = starts[k] + sizes[k] · min((x[k] ^ flip) + 0.5, 255).

enum { BERT_SCAN_PLANES = 4 };

#pragma clang assume_nonnull end

#include "CBertKernelTable.h"

#endif
