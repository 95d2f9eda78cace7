// Products of rows and packed weights, with the epilogue of a linear layer.
//
// Weights are packed into panels of a few vectors of columns, in which the elements of a step of the inner dimension
// are contiguous. A tile of a few rows and one panel is accumulated in registers, over the steps in a part of the panel
// that fits in the first-level cache. The next tile then uses the same part. The elements are accumulated in the order
// of the inner dimension, so they are bitwise equal regardless of the tile. While up to four tiles use a part, the next
// one is prefetched into the second-level cache.

#pragma once

#include "Convert.h"
#include "Quantize.h"

// The number of integers of a column that are multiplied and summed in a step, and the type of the inputs for it.
#if defined(VECTOR_AVX2) || defined(VECTOR_AVX512)
enum { INTEGERS = 4 };
typedef uint8_t input_integer;
#else
enum { INTEGERS = 1 };
typedef int16_t input_integer;
#endif

// The type of the rounded inputs of bfloat16 products.
#if defined(VECTOR_BF16)
typedef uint16_t input_bfloat;
#else
typedef float input_bfloat;
#endif

// The rows and vectors of a tile. Together with the operands, the sums fill 32 or 16 registers, with the proportion
// that needs the fewest instructions. Sums of integers need additional registers for intermediate results.
#if defined(VECTOR_AVX512) || defined(__aarch64__)
enum { FLOAT_ROWS = 8, FLOAT_VECTORS = 3, INTEGER_ROWS = 8, INTEGER_VECTORS = 3 };
#else
enum { FLOAT_ROWS = 4, FLOAT_VECTORS = 3, INTEGER_ROWS = 5, INTEGER_VECTORS = 2 };
#endif
/// The number of bytes of a panel that fit in a first-level cache of 32 KiB together with the inputs and sums of a
/// tile. For integers with AVX-512, whose processors have 48 KiB or short inputs, twice as many are faster.
#if defined(VECTOR_AVX512)
enum { PART_SIZE = 12 << 10, INTEGER_PART_SIZE = 24 << 10 };
#else
enum { PART_SIZE = 12 << 10, INTEGER_PART_SIZE = 12 << 10 };
#endif

// bfloat16 products are accumulated in pairs. With bfloat16 instructions, the two weights of a pair are adjacent;
// without, they are widened and accumulated in the same order.
enum { BFLOATS = 2 };

enum { TILE_ROWS = FLOAT_ROWS > INTEGER_ROWS ? FLOAT_ROWS : INTEGER_ROWS, TILE_VECTORS = FLOAT_VECTORS };

INLINE int rows_of_tile(bert_product_type type) { return type == BERT_PRODUCT_INT8 ? INTEGER_ROWS : FLOAT_ROWS; }

INLINE int vectors_of_tile(bert_product_type type) {
    return type == BERT_PRODUCT_INT8 ? INTEGER_VECTORS : FLOAT_VECTORS;
}

INLINE ptrdiff_t element_size(bert_product_type type) {
    return type == BERT_PRODUCT_FLOAT32 ? 4 : type == BERT_PRODUCT_BFLOAT16 ? 2 : 1;
}

/// Returns the inner dimension of packed weights, including padding with zeros.
INLINE ptrdiff_t packed_inner(bert_product_type type, ptrdiff_t inner) {
    const ptrdiff_t group = type == BERT_PRODUCT_FLOAT32 ? 1 : type == BERT_PRODUCT_BFLOAT16 ? BFLOATS : INTEGERS;
    return (inner + group - 1) / group * group;
}

static ptrdiff_t panel_columns(bert_product_type type) { return vectors_of_tile(type) * LANES; }

static ptrdiff_t tile_rows(bert_product_type type) { return rows_of_tile(type); }

static ptrdiff_t panel_size(bert_product_type type, ptrdiff_t inner) {
    return packed_inner(type, inner) * panel_columns(type) * element_size(type);
}

// MARK: Packing

enum { FLOAT_COLUMNS = FLOAT_VECTORS * LANES, INTEGER_COLUMNS = INTEGER_VECTORS * LANES };

/// Packs columns of floats, transposing blocks of LANES rows and columns.
static void pack_floats(ptrdiff_t inner, ptrdiff_t columns, const float *w, ptrdiff_t step, ptrdiff_t ldw,
                        float *packed) {
    for (ptrdiff_t first = 0; first < FLOAT_COLUMNS; first += LANES) {
        ptrdiff_t k = 0;
        const bool is_whole = columns - first >= LANES;
        if (step == 1 && is_whole)
            for (; k + LANES <= inner; k += LANES) {
                vfloat block[LANES];
#pragma clang loop unroll(full)
                for (int i = 0; i < LANES; i++) block[i] = load(w + (first + i) * ldw + k);
                transpose(block);
#pragma clang loop unroll(full)
                for (int i = 0; i < LANES; i++) store(packed + (k + i) * FLOAT_COLUMNS + first, block[i]);
            }
        if (ldw == 1 && is_whole)
            for (; k < inner; k++) store(packed + k * FLOAT_COLUMNS + first, load(w + k * step + first));
        for (; k < inner; k++)
            for (ptrdiff_t i = first; i < first + LANES; i++)
                packed[k * FLOAT_COLUMNS + i] = i < columns ? w[i * ldw + k * step] : 0;
    }
}

/// Packs columns of floats rounded to bfloat16. An odd inner dimension is padded with zeros.
static void pack_bfloats(ptrdiff_t inner, ptrdiff_t columns, const float *w, ptrdiff_t step, ptrdiff_t ldw,
                         uint16_t *packed) {
    // A few steps at a time, because they are packed as floats first.
    enum { PART = 64 };
    float floats[PART * FLOAT_COLUMNS];
    for (ptrdiff_t k = 0; k < inner; k += PART) {
        const ptrdiff_t steps = inner - k < PART ? inner - k : PART;
        const ptrdiff_t count = packed_inner(BERT_PRODUCT_BFLOAT16, steps) * FLOAT_COLUMNS;
        pack_floats(steps, columns, w + k * step, step, ldw, floats);
        memset(floats + steps * FLOAT_COLUMNS, 0, (size_t)(count - steps * FLOAT_COLUMNS) * sizeof(float));
        uint16_t *to = packed + k * FLOAT_COLUMNS;
#if defined(VECTOR_BF16)
        for (ptrdiff_t i = 0; i < count; i += 2 * FLOAT_COLUMNS)
            for (ptrdiff_t j = 0; j < FLOAT_COLUMNS; j += LANES) {
                const vuint low = __builtin_convertvector(float_to_bfloat(load(floats + i + j)), vuint);
                const vuint high = __builtin_convertvector(float_to_bfloat(load(floats + i + FLOAT_COLUMNS + j)), vuint);
                store((float *)(to + i + 2 * j), (vfloat)(low | high << 16));
            }
#else
        bfloat_from_float(count, floats, to);
#endif
    }
}

/// Packs columns of integers, in groups of INTEGERS elements of the same column.
static void pack_integers(ptrdiff_t inner, ptrdiff_t columns, const float *w, ptrdiff_t ldw, int8_t *packed,
                          float *scales, int32_t *sums) {
    enum { PART = 512 };
    memset(packed, 0, (size_t)(packed_inner(BERT_PRODUCT_INT8, inner) * INTEGER_COLUMNS));
    for (ptrdiff_t column = 0; column < columns; column++) {
        const float *row = w + column * ldw;
        float factor;
        const bool has_integers = weight_factor(inner, row, &factor, scales + column);
        sums[column] = 0;
        if (!has_integers) continue;
        for (ptrdiff_t k = 0; k < inner; k += PART) {
            int8_t integers[PART];
            const ptrdiff_t steps = inner - k < PART ? inner - k : PART;
            quantize_weight_row(steps, row + k, factor, integers);
            for (ptrdiff_t i = 0; i < steps; i++) {
                const ptrdiff_t at = k + i;
                packed[(at / INTEGERS * INTEGER_COLUMNS + column) * INTEGERS + at % INTEGERS] = integers[i];
                sums[column] += integers[i];
            }
        }
    }
}

static void pack_panel(bert_product_type type, ptrdiff_t inner, ptrdiff_t columns, const float *w, ptrdiff_t step,
                       ptrdiff_t ldw, void *packed, float *scales, int32_t *sums) {
    switch (type) {
        case BERT_PRODUCT_FLOAT32: pack_floats(inner, columns, w, step, ldw, packed); break;
        case BERT_PRODUCT_BFLOAT16: pack_bfloats(inner, columns, w, step, ldw, packed); break;
        case BERT_PRODUCT_INT8: pack_integers(inner, columns, w, ldw, packed, scales, sums); break;
    }
}

// MARK: Inputs

/// Returns the bytes of scratch memory of a product, for the sums of a panel, inputs, scales and zero points.
static ptrdiff_t multiply_scratch(bert_product_type type, ptrdiff_t rows, ptrdiff_t inner) {
    const ptrdiff_t width = packed_inner(type, inner), sums = rows * panel_columns(type) * 4 + 64;
    switch (type) {
        case BERT_PRODUCT_FLOAT32: break;
        case BERT_PRODUCT_BFLOAT16:
            return sums + rows * width * (ptrdiff_t)sizeof(input_bfloat) + (sizeof(input_bfloat) > 2 ? PART_SIZE : 0);
        // Includes the bytes of an additional row before they are widened.
        case BERT_PRODUCT_INT8: return sums + rows * (width * (ptrdiff_t)sizeof(input_integer) + 8) + width + 64;
    }
    return sums;
}

/// Rounds rows to bfloat16 with a stride of `width`, and pads them with zeros.
static void round_rows(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, input_bfloat *rounded, ptrdiff_t width) {
    for (ptrdiff_t i = 0; i < rows; i++, rounded += width)
        for (ptrdiff_t j = 0; j < width; j += LANES) {
            const ptrdiff_t left = n - j;
            const float *p = x + i * ldx + j;
            const vfloat v = left >= LANES ? load(p) : left > 0 ? load_first(p, left) : splat(0);
#if defined(VECTOR_BF16)
            store_shorts(rounded + j, (vshort)_mm512_cvtneps_pbh((__m512)v), width - j);
#else
            const vfloat short_v = bfloat_to_float(normal_to_bfloat(v));
            if (width - j >= LANES)
                store(rounded + j, short_v);
            else
                store_first(rounded + j, short_v, width - j);
#endif
        }
}

/// Quantizes rows to integers with a stride of `width`, and pads them with zeros. `bytes` has memory for a row.
static void integer_rows(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, input_integer *q, ptrdiff_t width,
                         uint8_t *bytes, float *scales, int32_t *zeros) {
    if (sizeof(input_integer) == 1) {
        quantize(rows, n, x, ldx, (uint8_t *)q, width, scales, zeros);
        for (ptrdiff_t i = 0; i < rows && n < width; i++) memset(q + i * width + n, 0, (size_t)(width - n));
        return;
    }
    for (ptrdiff_t i = 0; i < rows; i++, q += width) {
        quantize(1, n, x + i * ldx, ldx, bytes, n, scales + i, zeros + i);
        for (ptrdiff_t j = 0; j < width; j++) q[j] = j < n ? bytes[j] : 0;
    }
}

// MARK: Tiles

/// The number of steps of the inner dimension in a loop iteration.
#define STEPS 4

/// Prevents the loads of a step from being moved before the preceding step, which would require too many registers.
#define IN_ORDER __asm__ volatile("" ::: "memory")

/// Prevents the compiler from reordering additions to the sums of a tile, which would require more registers than there
/// are.
#if defined(VECTOR_AVX2)
#define IN_REGISTER(sum) __asm__("" : "+x"(sum))
#else
#define IN_REGISTER(sum) (void)0
#endif

/// Prefetches `quarters` quarters as much of the next part of the weights as the iteration uses of this part.
#define FETCH(ahead, taken, quarters)                                                                                 \
    for (int quarter = 0; quarter < (quarters); quarter++) {                                                          \
        _Pragma("clang loop unroll(full)") for (ptrdiff_t line = 0; line < (taken); line += 256)                      \
            __builtin_prefetch(ahead.start + line / 4, 0, 2);                                                         \
        ahead.start += (taken) / 4;                                                                                   \
    }

/// What a tile prefetches of the next part of the weights.
typedef struct {
    const char *start;
    /// The length in quarters of a part.
    int quarters;
} next_weights;

typedef vfloat float_tile[TILE_ROWS][TILE_VECTORS];
typedef vint integer_tile[TILE_ROWS][TILE_VECTORS];

/// Accumulates float32 products. If `in_pairs` is true, the second product of each pair is added first, like bfloat16
/// instructions do, and `steps` must be even.
INLINE void sum_floats(int rows, ptrdiff_t steps, const float *x, ptrdiff_t ldx, const float *weights, next_weights ahead,
                       bool in_pairs, float_tile sums) {
#define STEP(k)                                                                                                       \
    {                                                                                                                 \
        vfloat w[FLOAT_VECTORS];                                                                                      \
        IN_ORDER;                                                                                                     \
        _Pragma("clang loop unroll(full)") for (int u = 0; u < FLOAT_VECTORS; u++) w[u] =                             \
            load(weights + (k)*FLOAT_COLUMNS + u * LANES);                                                            \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; i++) {                                           \
            const vfloat input = splat(x[i * ldx + (k)]);                                                             \
            _Pragma("clang loop unroll(full)") for (int u = 0; u < FLOAT_VECTORS; u++) {                              \
                sums[i][u] = input * w[u] + sums[i][u];                                                               \
                IN_REGISTER(sums[i][u]);                                                                              \
            }                                                                                                         \
        }                                                                                                             \
    }
    for (; steps >= STEPS; steps -= STEPS, x += STEPS, weights += STEPS * FLOAT_COLUMNS) {
        FETCH(ahead, STEPS * FLOAT_COLUMNS * 4, ahead.quarters)
        if (in_pairs) {
            STEP(1) STEP(0) STEP(3) STEP(2)
        } else {
            STEP(0) STEP(1) STEP(2) STEP(3)
        }
    }
    if (in_pairs) {
        for (; steps > 0; steps -= 2, x += 2, weights += 2 * FLOAT_COLUMNS) { STEP(1) STEP(0) }
    } else {
        for (; steps > 0; steps--, x++, weights += FLOAT_COLUMNS) STEP(0)
    }
#undef STEP
}

#if defined(VECTOR_BF16)
/// Accumulates pairs of bfloat16 products in float32. `steps` is even.
INLINE void sum_bfloats(int rows, ptrdiff_t steps, const uint16_t *x, ptrdiff_t ldx, const uint16_t *weights,
                        next_weights ahead, float_tile sums) {
#define STEP(k)                                                                                                       \
    {                                                                                                                 \
        __m512bh w[FLOAT_VECTORS];                                                                                    \
        IN_ORDER;                                                                                                     \
        _Pragma("clang loop unroll(full)") for (int u = 0; u < FLOAT_VECTORS; u++) w[u] =                             \
            (__m512bh)_mm512_loadu_si512(weights + ((k)*FLOAT_COLUMNS + u * LANES) * BFLOATS);                        \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; i++) {                                           \
            int32_t pair;                                                                                             \
            memcpy(&pair, x + i * ldx + (k)*BFLOATS, sizeof pair);                                                    \
            const __m512bh input = (__m512bh)((vint){0} + pair);                                                      \
            _Pragma("clang loop unroll(full)") for (int u = 0; u < FLOAT_VECTORS; u++) sums[i][u] =                   \
                (vfloat)_mm512_dpbf16_ps((__m512)sums[i][u], input, w[u]);                                            \
        }                                                                                                             \
    }
    for (; steps >= STEPS * BFLOATS; steps -= STEPS * BFLOATS) {
        FETCH(ahead, STEPS * BFLOATS * FLOAT_COLUMNS * 2, ahead.quarters)
        STEP(0) STEP(1) STEP(2) STEP(3)
        x += STEPS * BFLOATS;
        weights += STEPS * BFLOATS * FLOAT_COLUMNS;
    }
    for (; steps > 0; steps -= BFLOATS, x += BFLOATS, weights += BFLOATS * FLOAT_COLUMNS) STEP(0)
#undef STEP
}
#endif

// A vector of the weights of a step, the inputs of a step for every column, and sums plus their products. For bytes,
// the sum of two products with neighboring weights fits in 16 bits, regardless of their signs (see
// quantize_weights).
#if defined(VECTOR_AVX512)
typedef __m512i integers;

INLINE integers load_weights(const int8_t *p) { return _mm512_loadu_si512(p); }

INLINE vint plus_products(vint sums, integers x, integers w) {
#if defined(VECTOR_VNNI)
    return (vint)_mm512_dpbusd_epi32((__m512i)sums, x, w);
#else
    return sums + (vint)_mm512_madd_epi16(_mm512_maddubs_epi16(x, w), _mm512_set1_epi16(1));
#endif
}
#elif defined(VECTOR_AVX2)
typedef __m256i integers;

INLINE integers load_weights(const int8_t *p) { return _mm256_loadu_si256((const __m256i *)p); }

INLINE vint plus_products(vint sums, integers x, integers w) {
    sums += (vint)_mm256_madd_epi16(_mm256_maddubs_epi16(x, w), _mm256_set1_epi16(1));
    IN_REGISTER(sums);
    return sums;
}
#else
typedef vint integers;

INLINE integers load_weights(const int8_t *p) {
    vbyte bytes;
    memcpy(&bytes, p, LANES);
    return __builtin_convertvector(bytes, vint);
}

INLINE vint plus_products(vint sums, integers x, integers w) { return sums + w * x; }
#endif

INLINE integers splat_inputs(const input_integer *p) {
    int32_t group = (int32_t)*p;
    if (INTEGERS > 1) memcpy(&group, p, 4);
    return (integers)((vint){0} + group);
}

/// Adds products to exact sums of integers. `steps` is a multiple of INTEGERS.
INLINE void sum_integers(int rows, ptrdiff_t steps, const input_integer *x, ptrdiff_t ldx, const int8_t *weights,
                         next_weights ahead, integer_tile sums) {
#define STEP(k)                                                                                                       \
    {                                                                                                                 \
        integers w[INTEGER_VECTORS];                                                                                  \
        IN_ORDER;                                                                                                     \
        _Pragma("clang loop unroll(full)") for (int u = 0; u < INTEGER_VECTORS; u++) w[u] =                           \
            load_weights(weights + ((k)*INTEGER_COLUMNS + u * LANES) * INTEGERS);                                     \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; i++) {                                           \
            const integers input = splat_inputs(x + i * ldx + (k)*INTEGERS);                                          \
            _Pragma("clang loop unroll(full)") for (int u = 0; u < INTEGER_VECTORS; u++) sums[i][u] =                 \
                plus_products(sums[i][u], input, w[u]);                                                               \
        }                                                                                                             \
    }
    for (; steps >= STEPS * INTEGERS; steps -= STEPS * INTEGERS) {
        FETCH(ahead, STEPS * INTEGERS * INTEGER_COLUMNS, ahead.quarters)
        STEP(0) STEP(1) STEP(2) STEP(3)
        x += STEPS * INTEGERS;
        weights += STEPS * INTEGERS * INTEGER_COLUMNS;
    }
    for (; steps > 0; steps -= INTEGERS, x += INTEGERS, weights += INTEGERS * INTEGER_COLUMNS) STEP(0)
#undef STEP
}

/// The context of all tiles of a product.
typedef struct {
    const bert_product *product;
    /// The converted inputs, and the number of elements between their rows.
    const void *x;
    ptrdiff_t stride;
    /// The number of steps of the inner dimension in packed weights.
    ptrdiff_t width;
    /// For int8, the scale and the zero point of each row.
    const float *scales;
    const int32_t *zeros;
    /// The incomplete sums of all rows with a panel.
    float *sums;
    /// For widened bfloat16, a part of a panel as floats.
    float *widened;
} tile_context;

#define FOR_TILE(rows, vectors)                                                                                       \
    _Pragma("clang loop unroll(full)") for (int u = 0; u < (vectors); u++)                                            \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < (rows); i++)

/// Not inlined, because copies of all functions in each tile would result in a lot of code.
static __attribute__((noinline)) void activate(bert_unary_op op, ptrdiff_t n, float *y) { unary(op, n, y, y); }

/// Loads up to a vector of elements, and fills the others with 0.
INLINE vfloat load_some(const float *p, ptrdiff_t n) {
    return n >= LANES ? load(p) : n > 0 ? load_first(p, n) : splat(0);
}

INLINE void store_some(float *p, vfloat v, ptrdiff_t n) {
    if (n >= LANES)
        store(p, v);
    else if (n > 0)
        store_first(p, v, n);
}

/// Computes the results of a tile from its complete sums.
INLINE void finish(int rows, int vectors, const tile_context *t, ptrdiff_t row, ptrdiff_t column, float_tile sums) {
    const bert_product *p = t->product;
    const ptrdiff_t columns = p->columns - column;
    if (p->bias)
#pragma clang loop unroll(full)
        for (int u = 0; u < vectors; u++) {
            const vfloat bias = load_some(p->bias + column + u * LANES, columns - u * LANES);
#pragma clang loop unroll(full)
            for (int i = 0; i < rows; i++) sums[i][u] = sums[i][u] + bias;
        }
    if (p->activation != BERT_UNARY_IDENTITY) {
        vfloat values[TILE_ROWS * TILE_VECTORS];
        FOR_TILE(rows, vectors) values[i * vectors + u] = sums[i][u];
        activate(p->activation, rows * vectors * LANES, (float *)values);
        FOR_TILE(rows, vectors) sums[i][u] = values[i * vectors + u];
    }
    float *y = p->y + row * p->ldy + column;
    const float *residual = p->residual ? p->residual + row * p->ldr + column : NULL;
    if (columns >= vectors * LANES) {
        if (residual) FOR_TILE(rows, vectors) sums[i][u] = sums[i][u] + load(residual + i * p->ldr + u * LANES);
        FOR_TILE(rows, vectors) store(y + i * p->ldy + u * LANES, sums[i][u]);
    } else {
        FOR_TILE(rows, vectors) {
            const ptrdiff_t at = u * LANES, left = columns - at;
            if (residual) sums[i][u] = sums[i][u] + load_some(residual + i * p->ldr + at, left);
            store_some(y + i * p->ldy + at, sums[i][u], left);
        }
    }
}

/// Converts sums of integers to floats: subtracts the zero points, and multiplies by the scales.
INLINE void scale_integers(int rows, int vectors, const tile_context *t, ptrdiff_t row, ptrdiff_t column,
                           integer_tile integers, float_tile sums) {
    const bert_product *p = t->product;
    vint column_sums[TILE_VECTORS];
    vfloat column_scales[TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int u = 0; u < vectors; u++) {
        const ptrdiff_t at = column + u * LANES, left = p->columns - at;
        column_sums[u] = left > 0 ? load_integers(p->columnSums + at, left) : (vint){0};
        column_scales[u] = load_some(p->columnScales + at, left);
    }
    FOR_TILE(rows, vectors)
    sums[i][u] = __builtin_convertvector(integers[i][u] - column_sums[u] * t->zeros[row + i], vfloat) *
                 (column_scales[u] * t->scales[row + i]);
}

/// Adds `steps` steps from `first` on to the sums of a tile, and computes its results after the last step. The tile has
/// `rows` rows (a constant) from `row` on, and the panel at `column`, whose weights for these steps are `weights`.
INLINE void tile(int rows, bert_product_type type, const tile_context *t, ptrdiff_t row, ptrdiff_t column,
                 ptrdiff_t first, ptrdiff_t steps, const char *weights, next_weights ahead) {
    const bool begins = first == 0, ends = first + steps == t->width;
    const int vectors = vectors_of_tile(type);
    if (ends)
        for (int i = 0; i < rows; i++)
            for (int at = 0; at < vectors * LANES; at += 16)
                __builtin_prefetch(t->product->y + (row + i) * t->product->ldy + column + at, 1);
    float *stored = t->sums + row * vectors * LANES;
    float_tile sums;
    if (type == BERT_PRODUCT_INT8) {
        integer_tile integers;
        if (begins)
            FOR_TILE(rows, vectors) integers[i][u] = (vint){0};
        else
            FOR_TILE(rows, vectors) integers[i][u] = bits(load(stored + (i * vectors + u) * LANES));
        sum_integers(rows, steps, (const input_integer *)t->x + row * t->stride + first, t->stride,
                     (const int8_t *)weights, ahead, integers);
        if (ends)
            scale_integers(rows, vectors, t, row, column, integers, sums);
        else
            FOR_TILE(rows, vectors) sums[i][u] = (vfloat)integers[i][u];
    } else {
        if (begins)
            FOR_TILE(rows, vectors) sums[i][u] = splat(0);
        else
            FOR_TILE(rows, vectors) sums[i][u] = load(stored + (i * vectors + u) * LANES);
#if defined(VECTOR_BF16)
        if (type == BERT_PRODUCT_BFLOAT16)
            sum_bfloats(rows, steps, (const uint16_t *)t->x + row * t->stride + first, t->stride,
                        (const uint16_t *)weights, ahead, sums);
        else
#endif
            sum_floats(rows, steps, (const float *)t->x + row * t->stride + first, t->stride, (const float *)weights,
                       ahead, type == BERT_PRODUCT_BFLOAT16, sums);
        if (ends && t->product->scale != 1) FOR_TILE(rows, vectors) sums[i][u] = sums[i][u] * t->product->scale;
    }
    if (ends)
        finish(rows, vectors, t, row, column, sums);
    else
        FOR_TILE(rows, vectors) store(stored + (i * vectors + u) * LANES, sums[i][u]);
}

INLINE void multiply_typed(bert_product_type type, const tile_context *t) {
    const bert_product *p = t->product;
    const ptrdiff_t panel = vectors_of_tile(type) * LANES, step_size = panel * element_size(type);
    const ptrdiff_t tile_rows = rows_of_tile(type), tiles = (p->rows + tile_rows - 1) / tile_rows;
    // Without bfloat16 instructions, weights are widened one part of a panel at a time.
    const bool widens = type == BERT_PRODUCT_BFLOAT16 && sizeof(input_bfloat) > 2;
    const ptrdiff_t cached_size = widens ? 2 * step_size : step_size;
    const ptrdiff_t part_size = type == BERT_PRODUCT_INT8 ? INTEGER_PART_SIZE : PART_SIZE;
    const ptrdiff_t part = part_size / cached_size / (STEPS * INTEGERS) * (STEPS * INTEGERS);
    const int quarters = tiles >= 4 ? 1 : tiles >= 2 ? 2 : 4;
    const char *weights = p->weights;
    for (ptrdiff_t column = 0; column < p->columns; column += panel) {
        ptrdiff_t first = 0;
        do {
            const ptrdiff_t left = t->width - first, steps = left < part ? left : part;
            // Nothing is prefetched after the last part of the last panel.
            const bool is_last = column + panel >= p->columns && left == steps;
            const char *next = is_last ? weights : weights + steps * step_size, *own = weights;
            if (widens) {
                float_from_bfloat(steps * panel, (const uint16_t *)weights, t->widened);
                own = (const char *)t->widened;
            }
            for (ptrdiff_t index = 0; index < tiles; index++) {
                // The rows are divided into tiles of almost the same height.
                const ptrdiff_t row = p->rows * index / tiles, end = p->rows * (index + 1) / tiles;
                const next_weights ahead = {next + index * quarters % 4 * (steps * step_size / 4), quarters};
#define TILE(rows)                                                                                                    \
    case rows:                                                                                                        \
        if ((rows) <= tile_rows) tile(rows, type, t, row, column, first, steps, own, ahead);                          \
        break;
                switch (end - row) {
                    TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8)
                }
#undef TILE
            }
            weights += steps * step_size;
            first += steps;
        } while (first < t->width);
    }
}

/// Computes a bfloat16 product. Subnormal numbers are treated as zero, as by bfloat16 instructions.
static __attribute__((noinline)) void multiply_bfloats(const tile_context *t) {
    const floating_point_mode mode = zero_subnormals();
    multiply_typed(BERT_PRODUCT_BFLOAT16, t);
    restore(mode);
}

static void multiply(const bert_product *p, void *scratch) {
    if (p->rows <= 0 || p->columns <= 0) return;
    char *memory = (char *)(((uintptr_t)scratch + 63) / 64 * 64);
    const ptrdiff_t width = packed_inner(p->type, p->inner);
    tile_context t = {.product = p, .stride = width, .width = width, .sums = (float *)memory};
    memory += p->rows * panel_columns(p->type) * (ptrdiff_t)sizeof(float);
    switch (p->type) {
        case BERT_PRODUCT_FLOAT32:
            t.x = p->x;
            t.stride = p->ldx;
            multiply_typed(BERT_PRODUCT_FLOAT32, &t);
            break;
        case BERT_PRODUCT_BFLOAT16:
            if (sizeof(input_bfloat) > 2) {
                t.widened = (float *)memory;
                memory += PART_SIZE;
            }
            t.x = memory;
            round_rows(p->rows, p->inner, p->x, p->ldx, (input_bfloat *)memory, width);
            multiply_bfloats(&t);
            break;
        case BERT_PRODUCT_INT8: {
            float *scales = (float *)(memory + (p->rows * width * (ptrdiff_t)sizeof(input_integer) + 63) / 64 * 64);
            int32_t *zeros = (int32_t *)(scales + p->rows);
            integer_rows(p->rows, p->inner, p->x, p->ldx, (input_integer *)memory, width, (uint8_t *)(zeros + p->rows),
                         scales, zeros);
            t.x = memory;
            t.scales = scales;
            t.zeros = zeros;
            multiply_typed(BERT_PRODUCT_INT8, &t);
            break;
        }
    }
}
