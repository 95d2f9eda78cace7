#ifndef BERT_CKERNELS_H
#define BERT_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Row-wise and elementwise float32 kernels.
//
// Conventions that hold for every function here:
// - Shapes in brackets. A block [rows, n] is row-major; its leading dimension (`ldx` for `x`, …) is the distance from
//   one row to the next in elements. Columns are adjacent.
// - One call runs on the calling thread, allocates nothing and keeps nothing: to use several threads, call it for
//   disjoint ranges of rows.
// - `y` may be exactly the same block as an input of the same shape (in place); any other overlap is undefined.
//   Nothing is written outside [rows, n]. Counts below 1 do nothing. No alignment is needed; 64 bytes is best.
// - NaN in gives NaN out. Results may differ in the last bits between instruction sets, never between calls on one.
// - The functions run on the best instruction set of the machine; `bert_kernels_table` gives the others.

// MARK: Elementwise, one operand

/// A function of one number. Where a limit at infinity exists, infinity gives it (GELU(-∞) = 0).
typedef enum {
    BERT_UNARY_IDENTITY,
    BERT_UNARY_NEGATE,
    BERT_UNARY_ABS,
    BERT_UNARY_SQUARE,
    BERT_UNARY_SQRT,
    BERT_UNARY_RECIPROCAL,
    /// Within 2 ulp, subnormal results included.
    BERT_UNARY_EXP,
    /// Within 2 ulp; 0 gives -∞, negative numbers NaN.
    BERT_UNARY_LOG,
    /// Absolute error below 2e-7, relative error below 5e-7.
    BERT_UNARY_TANH,
    /// Absolute error below 2e-7, relative error below 5e-7.
    BERT_UNARY_ERF,
    BERT_UNARY_SIGMOID,
    BERT_UNARY_RELU,
    /// x/2 · (1 + erf(x/√2)): "gelu" of transformers.
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

/// y = op(x + bias), x and y [rows, n], bias [n] or NULL.
void bert_bias_unary(bert_unary_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx,
                     const float *_Nullable bias, float *y, ptrdiff_t ldy);

// MARK: Elementwise, two operands

typedef enum {
    BERT_BINARY_ADD,
    BERT_BINARY_SUBTRACT,
    BERT_BINARY_MULTIPLY,
    BERT_BINARY_DIVIDE,
    /// The greater; NaN when either is NaN.
    BERT_BINARY_MAXIMUM,
    /// The lesser; NaN when either is NaN.
    BERT_BINARY_MINIMUM,
} bert_binary_op;

/// y = op(a, b), y [rows, n]. Each operand broadcasts by its strides: element (i, j) of `a` is `a[i·lda + j·stepa]`
/// with `stepa` 0 or 1. A row vector has leading dimension 0, a column vector step 0, a scalar both.
void bert_binary(bert_binary_op op, ptrdiff_t rows, ptrdiff_t n, const float *a, ptrdiff_t lda, ptrdiff_t stepa,
                 const float *b, ptrdiff_t ldb, ptrdiff_t stepb, float *y, ptrdiff_t ldy);

/// y = x + bias + residual, x, residual and y [rows, n], bias [n] or NULL.
void bert_bias_residual(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *_Nullable bias,
                        const float *residual, ptrdiff_t ldr, float *y, ptrdiff_t ldy);

// MARK: Rows

/// y = (z - mean(z)) / √(var(z) + eps) · gamma + beta with z = x + bias + residual, over each row; the variance is the
/// biased one, centred before it is squared. x, residual and y [rows, n]; bias, gamma, beta [n]. A NULL bias, residual
/// or beta is 0, a NULL gamma is 1. `y` may be `x` or `residual`.
void bert_layer_norm(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *_Nullable bias,
                     const float *_Nullable residual, ptrdiff_t ldr, const float *_Nullable gamma,
                     const float *_Nullable beta, float eps, float *y, ptrdiff_t ldy);

/// y = softmax(scale · x + mask) over each row. x and y [rows, n]; mask [rows, n], a row shared by all rows when `ldm`
/// is 0, or NULL. A row of nothing but -∞, or of scores drowned in the lowest finite number, gives 1/n everywhere; a
/// row that holds NaN or +∞ gives NaN. Terms below e^-87 of the greatest are 0.
void bert_softmax(ptrdiff_t rows, ptrdiff_t n, float scale, const float *x, ptrdiff_t ldx, const float *_Nullable mask,
                  ptrdiff_t ldm, float *y, ptrdiff_t ldy);

/// y = x / max(‖x‖₂, eps) over each row, x and y [rows, n].
void bert_l2_normalize(ptrdiff_t rows, ptrdiff_t n, float eps, const float *x, ptrdiff_t ldx, float *y,
                       ptrdiff_t ldy);

typedef enum {
    /// Of nothing: 0.
    BERT_REDUCE_SUM,
    /// Of nothing: 0, as sentence-transformers' clamped division has it.
    BERT_REDUCE_MEAN,
    /// Of nothing: -∞. NaN when an element is NaN.
    BERT_REDUCE_MAX,
} bert_reduce_op;

/// Reduces the rows to one: x [rows, n], y [n]. The pooling of a sequence of tokens.
void bert_reduce_rows(bert_reduce_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y);

/// Reduces each row to one number: x [rows, n], y [rows].
void bert_reduce_columns(bert_reduce_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y);

// MARK: Lookups

/// y[i] = table[indices[i]], table [tableRows, n], y [rows, n]. Returns -1, or the first `i` whose index is outside the
/// table; then nothing is written from that row on.
ptrdiff_t bert_gather_rows(ptrdiff_t rows, ptrdiff_t n, const float *table, ptrdiff_t ldt, ptrdiff_t tableRows,
                           const int32_t *indices, float *y, ptrdiff_t ldy);

/// A table to look rows up in: [rows, n] with adjacent rows.
typedef struct {
    const float *table;
    ptrdiff_t rows;
    /// The row for each output row; NULL takes row 0 every time.
    const int32_t *_Nullable indices;
} bert_lookup;

/// y = layer norm of the sum of one row from each of `count` tables (word, position, token type), y [rows, n], gamma
/// and beta as in `bert_layer_norm`. Returns -1, or the first row with an index outside its table; then nothing is
/// written from that row on.
ptrdiff_t bert_embed(ptrdiff_t rows, ptrdiff_t n, const bert_lookup *lookups, ptrdiff_t count,
                     const float *_Nullable gamma, const float *_Nullable beta, float eps, float *y, ptrdiff_t ldy);

// MARK: Conversions

// To the nearest, ties to even; infinities and subnormals exact, NaN stays NaN (made quiet). All [n].
void bert_float_from_half(ptrdiff_t n, const uint16_t *x, float *y);
void bert_half_from_float(ptrdiff_t n, const float *x, uint16_t *y);
void bert_float_from_bfloat(ptrdiff_t n, const uint16_t *x, float *y);
void bert_bfloat_from_float(ptrdiff_t n, const float *x, uint16_t *y);

// MARK: Integers

/// Makes integers of each row, with a zero point: with r = max(x, 0) - min(x, 0), zero = round(-min(x, 0) · (255/r)) and
/// q = min(round(x · (255/r)) + zero, 255), ties to even, which stands for (q - zero) · scale with scale = r/255. Where
/// r < 2^-119, all of them are 0; where r is infinite or NaN, q and zero are 0 and the scale is NaN. x and q [rows, n], scales
/// and zeros [rows].
void bert_quantize(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, uint8_t *q, ptrdiff_t ldq,
                   float *scales, int32_t *zeros);

/// Makes integers of each row of weights, without a zero point: with a the greatest magnitude of one weight or of the sum of
/// two neighbours of one sign, w[2i] and w[2i + 1], q = round(w · (127/a)), ties to even, which stands for q · scale with
/// scale = a/127. Two such neighbours sum to 128 at most: multiplied with bytes they fit into 16 bits. Where a < 2^-119, q
/// and the scale are 0; where a is infinite or NaN, q is 0 and the scale NaN. w and q [rows, n], scales [rows].
void bert_quantize_weights(ptrdiff_t rows, ptrdiff_t n, const float *w, ptrdiff_t ldw, int8_t *q, ptrdiff_t ldq,
                           float *scales);

/// y = op((sums - zeros · columnSums) · (rowScales · columnScales) + bias) + residual; sums, residual and y [rows, n],
/// columnSums, columnScales and bias [n], rowScales and zeros [rows]. A NULL bias or residual is 0.
void bert_dequantize(bert_unary_op op, ptrdiff_t rows, ptrdiff_t n, const int32_t *sums, ptrdiff_t lds,
                     const float *rowScales, const int32_t *zeros, const float *columnScales,
                     const int32_t *columnSums, const float *_Nullable bias, const float *_Nullable residual,
                     ptrdiff_t ldr, float *y, ptrdiff_t ldy);

// MARK: Products with packed weights

/// What the weights of a product are kept as, and what its inputs become.
typedef enum {
    BERT_PRODUCT_FLOAT32,
    /// Inputs and weights rounded to bfloat16; their products are summed in float32.
    BERT_PRODUCT_BFLOAT16,
    /// Inputs as by `bert_quantize`, weights as by `bert_quantize_weights`; their products are summed exactly, which
    /// 32 bits can for up to 66,311 of them.
    BERT_PRODUCT_INT8,
} bert_product_type;

/// How many columns a panel of packed weights has. Panels differ between instruction sets: weights are multiplied by the
/// implementation that packed them.
ptrdiff_t bert_panel_columns(bert_product_type type);

/// How many rows are multiplied at a time: rows are best handed over in multiples of it.
ptrdiff_t bert_tile_rows(bert_product_type type);

/// The bytes of a panel.
ptrdiff_t bert_panel_size(bert_product_type type, ptrdiff_t inner);

/// Packs up to `bert_panel_columns` columns into a panel; the others of the panel are 0. Element k of column j is
/// `w[j · ldw + k · step]`; the step is 1 for int8. int8 also gives what the integers of each column stand for and their sum,
/// both [columns].
void bert_pack_panel(bert_product_type type, ptrdiff_t inner, ptrdiff_t columns, const float *w, ptrdiff_t step,
                     ptrdiff_t ldw, void *packed, float *_Nullable scales, int32_t *_Nullable sums);

/// y = op(scale · x w + bias) + residual, with packed weights.
typedef struct {
    bert_product_type type;
    ptrdiff_t rows, inner, columns;
    /// [rows, inner]
    const float *x;
    ptrdiff_t ldx;
    /// One panel after the other.
    const void *weights;
    /// [columns]: for int8 what `bert_pack_panel` gave, else NULL.
    const float *_Nullable columnScales;
    const int32_t *_Nullable columnSums;
    /// 1 for int8.
    float scale;
    /// [columns] or NULL.
    const float *_Nullable bias;
    bert_unary_op activation;
    /// [rows, columns] or NULL; must not overlap `y`.
    const float *_Nullable residual;
    ptrdiff_t ldr;
    /// [rows, columns]
    float *y;
    ptrdiff_t ldy;
} bert_product;

/// How many bytes of scratch memory `bert_multiply` needs.
ptrdiff_t bert_multiply_scratch(bert_product_type type, ptrdiff_t rows, ptrdiff_t inner);

/// Computes a product. An element has the same bits whatever rows and columns are computed with it. `y`
/// must not overlap an input.
void bert_multiply(const bert_product *product, void *scratch);

// MARK: Dropout

/// Which elements become 0: a function of these and of an element's place (see `Dropout` in BertCore).
typedef struct {
    uint32_t seedLow, seedHigh, site, step;
    /// An element with sixteen bits below this is dropped; the others are multiplied by the factor.
    uint32_t threshold;
    float factor;
} bert_dropout_mask;

// MARK: Attention

/// What depends on how far apart a query and a key stand: distance = place(key) - place(query), below 2^31 in magnitude.
typedef struct {
    /// [queries]
    const int32_t *queries;
    /// [keys]
    const int32_t *keys;
    /// The greatest |distance| at which a query sees a key; negative for no limit. Keys out of reach do not exist for it.
    ptrdiff_t reach;
    /// Added to the scaled scores: [2 biasLimit + 1], the entry clamp(distance, ±biasLimit) + biasLimit; or NULL.
    const float *_Nullable bias;
    ptrdiff_t biasLimit;
    /// Tables of disentangled attention, [·, width] each, or NULL: scale · q · relativeKeys[row] and
    /// scale · k · relativeQueries[row] are added to the scores.
    const float *_Nullable relativeKeys, *_Nullable relativeQueries;
    ptrdiff_t ldr;
    /// The row for clamp(distance, ±rowLimit) + rowLimit: [2 rowLimit + 1], or NULL without tables.
    const int32_t *_Nullable rows;
    ptrdiff_t rowLimit;
    /// All rows that the distances of these queries and keys have lie in [firstRow, firstRow + rowCount).
    ptrdiff_t firstRow, rowCount;
} bert_attention_positions;

/// One head of attention of one sequence.
typedef struct {
    /// Rows of q, of k and v, and the width of all of them.
    ptrdiff_t queries, keys, width;
    /// Multiplies the scores; 1/√width as a rule.
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
    /// [queries, width]
    float *out;
    ptrdiff_t ldo;
    /// Receives softmax(scale · q kᵀ + mask): [queries, keys], or NULL.
    float *_Nullable probabilities;
    ptrdiff_t ldp;
    /// NULL where it doesn't matter where tokens stand.
    const bert_attention_positions *_Nullable positions;
    /// NULL where no probability is dropped; else the first has the place `first`, and each query's follow.
    const bert_dropout_mask *_Nullable dropout;
    uint64_t first;
} bert_attention_head;

/// The gradient of one head of attention of one sequence, without positions.
typedef struct {
    ptrdiff_t queries, keys, width;
    float scale;
    /// [queries, width], [keys, width], [keys, width]
    const float *q;
    ptrdiff_t ldq;
    const float *k;
    ptrdiff_t ldk;
    const float *v;
    ptrdiff_t ldv;
    /// As in `bert_attention_head`.
    const float *_Nullable mask;
    ptrdiff_t ldm;
    /// The factor on all probabilities; 1 for none.
    float headScale;
    const bert_dropout_mask *_Nullable dropout;
    uint64_t first;
    /// The gradient of the context: [queries, width]
    const float *g;
    ptrdiff_t ldg;
    /// Those of q, k and v; written, not added to.
    float *dq;
    ptrdiff_t lddq;
    float *dk;
    ptrdiff_t lddk;
    float *dv;
    ptrdiff_t lddv;
} bert_attention_head_gradient;

/// How many floats of scratch memory the gradient needs; -1 when that number can't be counted.
ptrdiff_t bert_attention_gradient_scratch(ptrdiff_t keys, ptrdiff_t width);

/// How many floats of scratch memory `bert_attention` needs; -1 when that number can't be counted.
ptrdiff_t bert_attention_scratch(ptrdiff_t queries, ptrdiff_t keys, ptrdiff_t width);

/// How many more it needs with positions; -1 when that number can't be counted.
ptrdiff_t bert_attention_positions_scratch(ptrdiff_t keys, ptrdiff_t width, ptrdiff_t rowCount);

/// y = x with the pairs of elements (j, j + half) of each row turned: y[j] = x[j] c - x[j + half] s and
/// y[j + half] = x[j + half] c + x[j] s, with c and s from the row `positions[i]` of the tables [·, half]; row i for
/// NULL. x and y [rows, 2 half]; `y` must not overlap an input.
void bert_rotate(ptrdiff_t rows, ptrdiff_t half, const float *x, ptrdiff_t ldx, const float *cosines,
                 const float *sines, const int32_t *_Nullable positions, float *y, ptrdiff_t ldy);

/// out = softmax(scale · q kᵀ + mask) v, masked rows as in `bert_softmax`; no keys give 0. `scratch` belongs to the
/// call while it lasts and needs no initialisation. `out` must not overlap the inputs.
void bert_attention(const bert_attention_head *head, float *scratch);

// MARK: The processor's limit

/// Does `steps` rounds of multiply-adds on registers alone, with the best instructions of the processor for the type, and
/// gives how many multiplications and additions that were. Timed, it is what no product of matrices on this core exceeds.
int64_t bert_peak(bert_product_type type, int64_t steps);

// MARK: Training

/// The factors of a step of AdamW (see `AdamW` in BertCore).
typedef struct {
    float decay, firstShare, secondKept, secondShare, stepSize, correction, epsilon, gradientScale;
} bert_adamw_step;

// Kernels that are called by way of the table only:
//
// unary_gradient: y = g · op′(x), all [n]; ReLU has no slope at 0.
//
// layer_norm_gradient: y is what the gradient g of a layer norm's result hands to its input x + residual; gammaSums and
// betaSums [n] are what these rows hand to gamma and beta.
//
// softmax_gradient: y = scale · p (g - Σ g p) over each row. l2_normalize_gradient: what g hands to x.
//
// dropout: y = x with elements dropped, of which the first has this place; both [n].
//
// adamw: a step of all elements; the new ones may be where the old ones are.
//
// sum_of_squares: in sixteen lanes of double precision, folded by halves.
//
// cross_entropy: losses [rows] and their gradient y [rows, n], times `scale`; labels are valid or `ignored`.
//
// transpose_rows: y [n, rows] = x [rows, n] turned.

#pragma clang assume_nonnull end

#include "CBertKernelTable.h"

#endif
