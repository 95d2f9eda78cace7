// An attention head.
//
// Keys are packed once, transposed and scaled, so that a row of scores is a row of vectors. Values are packed once
// without gaps between rows. Then a few queries are processed at a time: their scores for all keys (which stay in the
// first-level cache), the exponentials in place, and the weighted sum of the values, which is scaled at the end. Both
// products accumulate a tile of QUERIES × VECTORS in registers.
//
// With `rounds`, the operands of both products are rounded to bfloat16, subnormal numbers are treated as zero, and all
// else is float32. With bfloat16 instructions, an operand is a pair of elements. The instruction adds the product of
// the high halves first, so the first element is the high one, and the sums are those of the other instruction sets.

#pragma once

#include "Convert.h"
#include "Training.h"

// The number of queries and vectors in a tile, which fill 32 or 16 registers together with the operands.
#if defined(VECTOR_AVX512) || defined(__aarch64__)
#define QUERIES 8
#define VECTORS 3
#else
#define QUERIES 6
#define VECTORS 2
#endif

/// Returns the number of vectors of the next tile. Four remaining vectors are split into 2 + 2 instead of 3 + 1.
INLINE ptrdiff_t tile_vectors(ptrdiff_t left) { return left == 4 ? 2 : left < VECTORS ? left : VECTORS; }

/// Returns the number of vectors for `n` elements.
INLINE ptrdiff_t vectors_for(ptrdiff_t n) { return n / LANES + (n % LANES != 0); }

// MARK: Operands

// Intel's processors, which have AMX, multiply pairs slower than floats.
#if defined(VECTOR_BF16) && !defined(VECTOR_TILES)
#define ROUNDED_ELEMENTS 2
#else
#define ROUNDED_ELEMENTS 1
#endif

/// Returns the number of elements in an operand.
INLINE ptrdiff_t elements(bool rounds) { return rounds ? ROUNDED_ELEMENTS : 1; }

/// Returns the number of operands for `n` elements.
INLINE ptrdiff_t operands_for(bool rounds, ptrdiff_t n) { return rounds ? (n - 1) / ROUNDED_ELEMENTS + 1 : n; }

/// Returns all lanes with an operand from memory, which isn't a float if it is a pair.
INLINE vfloat splat_operand(const float *p) {
    int32_t word;
    memcpy(&word, p, sizeof word);
    return (vfloat)(word + (vint){0});
}

/// Adds the products of operands to sums.
INLINE vfloat add_product(bool rounds, vfloat x, vfloat w, vfloat sum) {
#if ROUNDED_ELEMENTS == 2
    if (rounds) return (vfloat)_mm512_dpbf16_ps((__m512)sum, (__m512bh)x, (__m512bh)w);
#else
    (void)rounds;
#endif
    return x * w + sum;
}

/// Rounds weights, which aren't subnormal, to bfloat16. NaN may become another number, but then the sum of the weights
/// is NaN, too.
INLINE wfloat nearest_weights(wfloat v) {
    const wint word = (wint)v;
    return (wfloat)((word + 0x7FFF + (word >> 16 & 1)) & (int32_t)0xFFFF0000);
}

#if ROUNDED_ELEMENTS == 2
/// Returns the operands of pairs of elements. The first element is the high half.
INLINE vfloat operands_of_pairs(vfloat first, vfloat second) {
    const vuint high = __builtin_convertvector((vshort)_mm512_cvtneps_pbh((__m512)first), vuint);
    const vuint low = __builtin_convertvector((vshort)_mm512_cvtneps_pbh((__m512)second), vuint);
    return (vfloat)(high << 16 | low);
}

/// Returns the operands of consecutive elements.
INLINE vfloat operands_of(vfloat low, vfloat high) {
    const vuint pairs = (vuint)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low);
    return (vfloat)(pairs << 16 | pairs >> 16);
}
#else
/// Returns the nearest bfloat16 numbers, and zero for subnormal numbers.
INLINE vfloat rounded(vfloat v) {
    const vint is_normal = (bits(v) & 0x7F800000) != 0, word = bits(v) & (is_normal | INT32_MIN);
    return choose(v != v, v, (vfloat)((word + 0x7FFF + (word >> 16 & 1)) & (int32_t)0xFFFF0000));
}

/// An operand is one element, so the second one is ignored.
INLINE vfloat operands_of_pairs(vfloat first, vfloat second) {
    (void)second;
    return rounded(first);
}
#endif

/// Writes the operands of a row.
INLINE void round_row(ptrdiff_t n, const float *x, float *operands) {
#if ROUNDED_ELEMENTS == 2
    for (ptrdiff_t j = 0; j < n; j += 2 * LANES) {
        const ptrdiff_t left = n - j, count = operands_for(true, left);
        const vfloat low = left < LANES ? load_first(x + j, left) : load(x + j);
        const vfloat high = left >= 2 * LANES ? load(x + j + LANES)
                            : left > LANES    ? load_first(x + j + LANES, left - LANES)
                                              : splat(0);
        if (count < LANES)
            store_first(operands + j / 2, operands_of(low, high), count);
        else
            store(operands + j / 2, operands_of(low, high));
    }
#else
    ptrdiff_t j = 0;
    for (; j + LANES <= n; j += LANES) store(operands + j, rounded(load(x + j)));
    if (j < n) store_first(operands + j, rounded(load_first(x + j, n - j)), n - j);
#endif
}

/// Replaces a row of weights by operands.
INLINE void round_weights(ptrdiff_t n, float *y) {
#if ROUNDED_ELEMENTS == 2
    round_row(n, y, y);
#else
    ptrdiff_t j = 0;
    for (; j + WIDE <= n; j += WIDE) wide_store(y + j, nearest_weights(wide_load(y + j)));
    if (j < n) wide_store_first(y + j, nearest_weights(wide_load_first(y + j, n - j)), n - j);
#endif
}

/// Computes y = exp(y - top) like `exponentials`, and replaces the row by operands. Returns the sum before rounding.
INLINE float exponential_operands(ptrdiff_t n, float top, float *y) {
    wfloat sums[2] = {0};
    ptrdiff_t j = 0;
    for (; j + 2 * WIDE <= n; j += 2 * WIDE) {
        wfloat e[2];
#pragma clang loop unroll(full)
        for (int u = 0; u < 2; u++) {
            e[u] = wide_each(wide_load(y + j + u * WIDE) - top, exp_of_negative);
            sums[u] += e[u];
        }
#if ROUNDED_ELEMENTS == 2
        store(y + j / 2, operands_of(e[0], e[1]));
#else
        for (int u = 0; u < 2; u++) wide_store(y + j + u * WIDE, nearest_weights(e[u]));
#endif
    }
    if (j == n) return wide_sum(sums[0] + sums[1]);
    wfloat rest[2] = {0};
    int u = 0;
    for (; j + (u + 1) * WIDE <= n; u++) {
        rest[u] = wide_each(wide_load(y + j) - top, exp_of_negative);
        sums[0] += rest[u];
    }
    const ptrdiff_t left = n - j - u * WIDE;
    if (left > 0) {
        const wfloat e = wide_each(wide_load_first(y + j + u * WIDE, left) - top, exp_of_negative);
        rest[u] = wide_only_first(e, left, 0);
        sums[1] += rest[u];
    }
#if ROUNDED_ELEMENTS == 2
    const ptrdiff_t count = operands_for(true, n - j);
    store_first(y + j / 2, operands_of(rest[0], rest[1]), count);
#else
    for (int i = 0; i < 2; i++)
        if (n - j - i * WIDE >= WIDE)
            wide_store(y + j + i * WIDE, nearest_weights(rest[i]));
        else if (n - j - i * WIDE > 0)
            wide_store_first(y + j + i * WIDE, nearest_weights(rest[i]), n - j - i * WIDE);
#endif
    return wide_sum(sums[0] + sums[1]);
}

// MARK: Packing

/// Writes scale · k of up to LANES keys to packed[c · stride], with a vector for each operand c. Missing keys are 0.
INLINE void pack_keys(bool rounds, ptrdiff_t keys, ptrdiff_t width, float scale, const float *k, ptrdiff_t ldk,
                      float *packed, ptrdiff_t stride) {
    for (ptrdiff_t c = 0; c < width; c += LANES) {
        const ptrdiff_t columns = width - c < LANES ? width - c : LANES;
        vfloat block[LANES];
        if (columns == LANES && keys >= LANES)
#pragma clang loop unroll(full)
            for (int i = 0; i < LANES; i++) block[i] = load(k + i * ldk + c) * scale;
        else
#pragma clang loop unroll(full)
            for (int i = 0; i < LANES; i++) {
                if (i >= keys)
                    block[i] = splat(0);
                else if (columns == LANES)
                    block[i] = load(k + i * ldk + c) * scale;
                else
                    block[i] = load_first(k + i * ldk + c, columns) * scale;
            }
        transpose(block);
        // Columns after the last one are 0.
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES; i += (int)elements(rounds))
            if (i < columns)
                store(packed + (c + i) / elements(rounds) * stride,
                      rounds ? operands_of_pairs(block[i], block[(i + 1) % LANES]) : block[i]);
    }
}

/// Copies operands of rows to whole vectors, and pads them with zeros.
INLINE void pack_values(bool rounds, ptrdiff_t keys, ptrdiff_t width, const float *v, ptrdiff_t ldv, float *packed) {
    const ptrdiff_t stride = vectors_for(width) * LANES;
    for (ptrdiff_t j = 0; j < keys; j += elements(rounds), packed += stride)
        for (ptrdiff_t c = 0; c < width; c += LANES) {
            const float *from = v + j * ldv + c;
            const bool is_whole = c + LANES <= width;
            const vfloat first = is_whole ? load(from) : load_first(from, width - c);
            const bool has_second = elements(rounds) == 2 && j + 1 < keys;
            const vfloat second = !has_second ? splat(0) : is_whole ? load(from + ldv) : load_first(from + ldv, width - c);
            store(packed + c, rounds ? operands_of_pairs(first, second) : first);
        }
}

// MARK: The two products

/// Computes the scores of `queries` queries for `vectors` packed vectors of keys. The last vector has `last` keys.
/// Rounded keys aren't scaled, but their scores are. Updates `tops` with the maximum of each lane.
INLINE void score_tile(bool rounds, int queries, int vectors, ptrdiff_t last, ptrdiff_t width, const float *const *q,
                       const float *packed, float scale, const float *const *masks, ptrdiff_t column, float *scores,
                       ptrdiff_t lds, vfloat *tops) {
    vfloat sums[QUERIES][VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < queries; i++)
#pragma clang loop unroll(full)
        for (int u = 0; u < vectors; u++) sums[i][u] = splat(0);

    // Unrolled four times, because the loop increments a pointer for each query.
#pragma clang loop unroll_count(4)
    for (ptrdiff_t c = 0; c < operands_for(rounds, width); c++) {
        vfloat k[VECTORS];
#pragma clang loop unroll(full)
        for (int u = 0; u < vectors; u++) k[u] = load(packed + (c * vectors + u) * LANES);
#pragma clang loop unroll(full)
        for (int i = 0; i < queries; i++) {
            const vfloat x = splat_operand(q[i] + c);
#pragma clang loop unroll(full)
            for (int u = 0; u < vectors; u++) sums[i][u] = add_product(rounds, x, k[u], sums[i][u]);
        }
    }

    const vint inside = first_lanes(last);
#pragma clang loop unroll(full)
    for (int i = 0; i < queries; i++)
#pragma clang loop unroll(full)
        for (int u = 0; u < vectors; u++) {
            vfloat s = rounds ? sums[i][u] * scale : sums[i][u];
            if (masks) {
                const float *mask = masks[i] + column + u * LANES;
                s += u == vectors - 1 && last < LANES ? load_first(mask, last) : load(mask);
            }
            if (u == vectors - 1) s = choose(inside, s, splat(-__builtin_inff()));
            store(scores + i * lds + u * LANES, s);
            tops[i] = at_least(s, tops[i]);
        }
}

/// Computes the sum of the values weighted by `queries` rows of weights, in `vectors` vectors of columns, the last of
/// which has `last` columns. Each row is multiplied by its factor. Only `valid` rows are written. If `adds` is true,
/// the sum is added to the existing values.
INLINE void value_tile(bool rounds, int queries, int vectors, ptrdiff_t last, ptrdiff_t valid, ptrdiff_t keys,
                       const float *weights, ptrdiff_t lds, const float *packed, ptrdiff_t stride,
                       const float *factors, float *out, ptrdiff_t ldo, bool adds) {
    vfloat sums[QUERIES][VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < queries; i++)
#pragma clang loop unroll(full)
        for (int u = 0; u < vectors; u++) {
            // Rows after the valid ones have no memory.
            const float *from = out + i * ldo + u * LANES;
            const bool is_last = u == vectors - 1 && last < LANES;
            sums[i][u] = !adds || i >= valid ? splat(0) : is_last ? load_first(from, last) : load(from);
        }

#pragma clang loop unroll_count(4)
    for (ptrdiff_t j = 0; j < operands_for(rounds, keys); j++) {
        vfloat v[VECTORS];
#pragma clang loop unroll(full)
        for (int u = 0; u < vectors; u++) v[u] = load(packed + j * stride + u * LANES);
#pragma clang loop unroll(full)
        for (int i = 0; i < queries; i++) {
            const vfloat weight = splat_operand(weights + i * lds + j);
#pragma clang loop unroll(full)
            for (int u = 0; u < vectors; u++) sums[i][u] = add_product(rounds, weight, v[u], sums[i][u]);
        }
    }
    // The second element of the last pair of an odd number, which turns -0 into 0.
    if (rounds && elements(rounds) == 1 && keys % 2 != 0)
#pragma clang loop unroll(full)
        for (int i = 0; i < queries; i++)
#pragma clang loop unroll(full)
            for (int u = 0; u < vectors; u++) sums[i][u] += splat(0);

#pragma clang loop unroll(full)
    for (int i = 0; i < queries; i++)
#pragma clang loop unroll(full)
        for (int u = 0; u < vectors; u++) {
            if (i >= valid) continue;
            const vfloat v = sums[i][u] * factors[i];
            if (u == vectors - 1 && last < LANES)
                store_first(out + i * ldo + u * LANES, v, last);
            else
                store(out + i * ldo + u * LANES, v);
        }
}

/// Returns the start of the tile with key `j`, or of an earlier tile near the end, where tiles are narrower.
INLINE ptrdiff_t tile_start(ptrdiff_t keys, ptrdiff_t j) {
    const ptrdiff_t vectors = vectors_for(keys);
    const ptrdiff_t wide = vectors > 4 ? (vectors - 4 + VECTORS - 1) / VECTORS : 0, tile = j / (VECTORS * LANES);
    return (tile < wide ? tile : wide) * VECTORS * LANES;
}

/// Computes the scores of `queries` queries for the packed keys in [lo, hi) and the other keys in their tiles. The
/// score of key j is in column j - base. Updates `tops`.
INLINE void score_rows(bool rounds, int queries, ptrdiff_t width, const float *const *q, const float *const *masks,
                       const float *packed, float scale, ptrdiff_t keys, ptrdiff_t lo, ptrdiff_t hi, ptrdiff_t base,
                       float *scores, ptrdiff_t lds, vfloat *tops) {
    const ptrdiff_t start = tile_start(keys, lo), operands = operands_for(rounds, width);
    packed += operands * start;
    for (ptrdiff_t j = start; j < hi;) {
        const ptrdiff_t left = keys - j, vectors = tile_vectors(vectors_for(left));
        const ptrdiff_t last = left - (vectors - 1) * LANES;
#define TILE(n)                                                                                                       \
    if (masks)                                                                                                        \
        score_tile(rounds, queries, n, last, width, q, packed, scale, masks, j, scores + (j - base), lds, tops);      \
    else                                                                                                              \
        score_tile(rounds, queries, n, last, width, q, packed, scale, NULL, j, scores + (j - base), lds, tops);
        if (vectors == VECTORS) {
            TILE(VECTORS)
        } else if (vectors == 2) {
            TILE(2)
        } else {
            TILE(1)
        }
#undef TILE
        packed += operands * vectors * LANES;
        j += vectors * LANES;
    }
}

/// Returns the end of the last tile that `score_rows` computes.
INLINE ptrdiff_t tile_end(ptrdiff_t keys, ptrdiff_t lo, ptrdiff_t hi) {
    ptrdiff_t j = tile_start(keys, lo);
    while (j < hi) j += tile_vectors(vectors_for(keys - j)) * LANES;
    return j < keys ? j : keys;
}

/// Computes the sum of the values of keys in [0, keys) weighted by rows of weights.
INLINE void value_rows(bool rounds, int queries, ptrdiff_t valid, ptrdiff_t width, ptrdiff_t keys,
                       const float *weights, ptrdiff_t lds, const float *packed, const float *factors, float *out,
                       ptrdiff_t ldo, bool adds) {
    const ptrdiff_t stride = vectors_for(width) * LANES;
    for (ptrdiff_t c = 0; c < width;) {
        const ptrdiff_t left = width - c, vectors = tile_vectors(vectors_for(left));
        const ptrdiff_t last = left - (vectors - 1) * LANES;
#define TILE(n)                                                                                                       \
    value_tile(rounds, queries, n, last, valid, keys, weights, lds, packed + c, stride, factors, out + c, ldo, adds);
        if (vectors == VECTORS) {
            TILE(VECTORS)
        } else if (vectors == 2) {
            TILE(2)
        } else {
            TILE(1)
        }
#undef TILE
        c += vectors * LANES;
    }
}

/// Packs `keys` rows for `score_rows`.
INLINE void pack_all_keys(bool rounds, ptrdiff_t keys, ptrdiff_t width, float scale, const float *k, ptrdiff_t ldk,
                          float *packed) {
    for (ptrdiff_t j = 0; j < keys;) {
        const ptrdiff_t vectors = tile_vectors(vectors_for(keys - j));
        float *tile = packed + operands_for(rounds, width) * j;
        for (ptrdiff_t u = 0; u < vectors; u++, j += LANES)
            pack_keys(rounds, keys - j, width, scale, k + j * ldk, ldk, tile + u * LANES, vectors * LANES);
    }
}

// MARK: Blocks of queries

/// Writes the operands of `valid` queries from row `row` on, with a stride of the width.
INLINE void round_queries(ptrdiff_t valid, const bert_attention_head *h, ptrdiff_t row, float *operands) {
    for (ptrdiff_t i = 0; i < valid; i++) round_row(h->width, h->q + (row + i) * h->ldq, operands + i * h->width);
}

#include "AttentionPositions.h"

/// Computes the attention of `valid` ≤ `queries` queries from row `row` on. `operands` is memory for these queries.
INLINE void attend(bool rounds, int queries, ptrdiff_t valid, const bert_attention_head *h, ptrdiff_t row,
                   const float *packed_keys, const float *packed_values, float *scores, ptrdiff_t lds,
                   float *operands) {
    // Missing rows repeat the last one. Their results are ignored.
    const float *q[QUERIES], *masks[QUERIES];
    vfloat tops[QUERIES];
    float factors[QUERIES];
    if (rounds) round_queries(valid, h, row, operands);
    for (int i = 0; i < queries; i++) {
        const ptrdiff_t at = i < valid ? i : valid - 1;
        q[i] = rounds ? operands + at * h->width : h->q + (row + at) * h->ldq;
        masks[i] = h->mask ? h->mask + (row + at) * h->ldm : NULL;
        tops[i] = splat(-__builtin_inff());
    }
    score_rows(rounds, queries, h->width, q, h->mask ? masks : NULL, packed_keys, h->scale, h->keys, 0, h->keys, 0,
               scores, lds, tops);

    // The maximum of a row takes some time, so the maxima of all rows are computed first.
    float greatest[QUERIES];
    for (int i = 0; i < queries; i++) greatest[i] = greatest_of_lanes(tops[i]);
    for (int i = 0; i < queries; i++) {
        if (i >= valid) break;
        float *weights = scores + i * lds;
        float top = greatest[i];
        // All keys are masked. See softmax().
        if (top <= -__FLT_MAX__) top = 0;
        const bool rounds_later = rounds && h->probabilities;
        float sum = rounds && !rounds_later ? exponential_operands(h->keys, top, weights)
                                            : exponentials(h->keys, top, weights);
        if (sum == 0 && !h->zeroesMaskedRows) {
            fill_row(h->keys, 1, weights);
            if (rounds && !rounds_later) round_weights(h->keys, weights);
            sum = (float)h->keys;
        }
        factors[i] = sum == 0 ? 0 : 1 / sum;
        if (h->dropout) dropout(h->dropout, h->first + (uint64_t)((row + i) * h->keys), h->keys, weights, weights);
        if (h->probabilities) {
            float *p = h->probabilities + (row + i) * h->ldp;
            memcpy(p, weights, (size_t)h->keys * sizeof(float));
            scale_row(h->keys, factors[i], p);
        }
        if (rounds_later) round_weights(h->keys, weights);
    }
    value_rows(rounds, queries, valid, h->width, h->keys, scores, lds, packed_values, factors, h->out + row * h->ldo,
               h->ldo, false);
}

INLINE void attend_to_all(bool rounds, const bert_attention_head *h, float *scratch) {
    const ptrdiff_t padded_keys = vectors_for(h->keys) * LANES, padded_width = vectors_for(h->width) * LANES;
    float *keys = (float *)(((uintptr_t)scratch + 63) / 64 * 64);
    float *values = keys + operands_for(rounds, h->width) * padded_keys;
    float *operands = values + operands_for(rounds, h->keys) * padded_width;
    float *scores = operands + (rounds ? QUERIES * h->width : 0);
    // If the distance between rows of scores were a power of two, they would use the same cache sets.
    const ptrdiff_t lds = padded_keys + BERT_ATTENTION_LANES;
    pack_all_keys(rounds, h->keys, h->width, rounds ? 1 : h->scale, h->k, h->ldk, keys);
    pack_values(rounds, h->keys, h->width, h->v, h->ldv, values);
    position_terms terms = {0};
    if (h->positions) terms = prepare_positions(h, scores + BERT_ATTENTION_QUERIES * lds);

    for (ptrdiff_t row = 0; row < h->queries; row += QUERIES) {
        const ptrdiff_t left = h->queries - row, valid = left < QUERIES ? left : QUERIES;
        if (h->positions)
            attend_in_place(rounds, valid, h, &terms, row, keys, values, scores, lds, operands);
        else if (left > QUERIES / 2)
            attend(rounds, QUERIES, valid, h, row, keys, values, scores, lds, operands);
        else
            attend(rounds, QUERIES / 2, left, h, row, keys, values, scores, lds, operands);
    }
}

/// Not inlined, so that the compiler doesn't move instructions out of the mode for subnormal numbers.
static __attribute__((noinline)) void attend_to_all_rounded(const bert_attention_head *h, float *scratch) {
    attend_to_all(true, h, scratch);
}

static void attention(const bert_attention_head *h, float *scratch) {
    if (h->queries <= 0 || h->width < 0) return;
    if (h->keys <= 0) {
        for (ptrdiff_t i = 0; i < h->queries; i++) memset(h->out + i * h->ldo, 0, (size_t)h->width * sizeof(float));
        return;
    }
    if (h->rounding == BERT_ROUNDING_NONE || h->width == 0 || h->dropout) {
        attend_to_all(false, h, scratch);
        return;
    }
    const floating_point_mode mode = zero_subnormals();
    attend_to_all_rounded(h, scratch);
    restore(mode);
}

/// Rotates the pairs (j, j + half) of each row.
static void rotate(ptrdiff_t rows, ptrdiff_t half, const float *x, ptrdiff_t ldx, const float *cosines,
                   const float *sines, const int32_t *positions, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        const ptrdiff_t position = positions ? positions[i] : i;
        const float *a = x + i * ldx, *b = a + half;
        const float *c = cosines + position * half, *s = sines + position * half;
        float *ya = y + i * ldy, *yb = ya + half;
        ptrdiff_t j = 0;
        for (; j + LANES <= half; j += LANES) {
            const vfloat p = load(a + j), q = load(b + j), u = load(c + j), v = load(s + j);
            store(ya + j, p * u - q * v);
            store(yb + j, q * u + p * v);
        }
        if (j < half) {
            const ptrdiff_t n = half - j;
            const vfloat p = load_first(a + j, n), q = load_first(b + j, n);
            const vfloat u = load_first(c + j, n), v = load_first(s + j, n);
            store_first(ya + j, p * u - q * v, n);
            store_first(yb + j, q * u + p * v, n);
        }
    }
}
