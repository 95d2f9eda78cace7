#ifndef BERT_CKERNELS_H
#define BERT_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// The types of the kernels in `bert_kernel_table`, and functions that are the same for all instruction sets.

// MARK: Elementwise

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

// MARK: Rows

typedef enum {
    /// 0 without elements.
    BERT_REDUCE_SUM,
    /// 0 without elements, like the clamped division of sentence-transformers.
    BERT_REDUCE_MEAN,
    /// -∞ without elements, and NaN if an element is NaN.
    BERT_REDUCE_MAX,
} bert_reduce_op;

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

// MARK: Products with packed weights

/// The type of a product's packed weights, which its inputs are converted to.
typedef enum {
    BERT_PRODUCT_FLOAT32,
    /// Inputs and weights are rounded to bfloat16, with float32 accumulation. With fused multiply-add, the second
    /// product of each pair is added before the first, and subnormal numbers are treated as zero, like `vdpbf16ps`.
    BERT_PRODUCT_BFLOAT16,
    /// Inputs are quantized like `quantize`, and weights like `quantize_weights`. Their products are summed
    /// exactly, which is possible in 32 bits for up to 66,311 products.
    BERT_PRODUCT_INT8,
} bert_product_type;

/// Returns whether the bfloat16 instruction of AVX-512 (`vdpbf16ps`) is faster than fused multiply-add in float32. This
/// is the case on AMD processors. Register-only loops (`bert_peak`) reach 460 GFLOP/s with it, and 230 in float32, on
/// two threads of an AMD Zen 4; and 87 and 176 on one thread of an Intel Xeon with AVX512_FP16.
bool bert_bfloat16_is_fast(void);

/// The product y = op(scale · x w + bias) + residual with packed weights.
typedef struct {
    bert_product_type type;
    ptrdiff_t rows, inner, columns;
    /// [rows, inner]
    const float *x;
    ptrdiff_t ldx;
    /// Contiguous panels.
    const void *weights;
    /// [columns]: for int8, the outputs of `pack_panel`. NULL for other types.
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

/// Returns the number of floats of scratch memory that `attention` needs, also in bfloat16, or -1 if it overflows.
ptrdiff_t bert_attention_scratch(ptrdiff_t queries, ptrdiff_t keys, ptrdiff_t width);

/// Returns the additional number of floats that `attention` needs with positions, or -1 if it overflows.
ptrdiff_t bert_attention_positions_scratch(ptrdiff_t keys, ptrdiff_t width, ptrdiff_t rowCount);

// MARK: Peak performance

/// Runs `steps` rounds of multiply-adds on registers only, with the processor's best instructions for the type. Returns
/// the number of multiplications and additions. Its measured speed is an upper bound for matrix products on this core.
int64_t bert_peak(bert_product_type type, int64_t steps);

// MARK: Training

/// The factors of an AdamW step (see `AdamW` in BertCore).
typedef struct {
    float decay, firstShare, secondKept, secondShare, stepSize, correction, epsilon, gradientScale;
} bert_adamw_step;

// MARK: Search

/// The number of planes of a query for `scan_planes`.
enum { BERT_SCAN_PLANES = 4 };

#pragma clang assume_nonnull end

#include "CBertKernelTable.h"

#endif
