// An attention head.
//
// Keys are packed once, transposed and scaled, so that a row of scores is a row of vectors. Values are packed once
// without gaps between rows. Then a few queries are processed at a time: their scores for all keys (which stay in the
// first-level cache), the exponentials in place, and the weighted sum of the values, which is scaled at the end. Both
// products accumulate a tile of QUERIES × VECTORS in registers.

#pragma once

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

// MARK: Packing

/// Writes scale · k of up to LANES keys to packed[c · stride], with a vector for each column c. Missing keys are 0.
static void pack_keys(ptrdiff_t keys, ptrdiff_t width, float scale, const float *k, ptrdiff_t ldk, float *packed,
                      ptrdiff_t stride) {
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
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES; i++)
            if (i < columns) store(packed + (c + i) * stride, block[i]);
    }
}

/// Copies rows to whole vectors, and pads them with zeros.
static void pack_values(ptrdiff_t keys, ptrdiff_t width, const float *v, ptrdiff_t ldv, float *packed) {
    const ptrdiff_t stride = vectors_for(width) * LANES;
    for (ptrdiff_t j = 0; j < keys; j++) {
        ptrdiff_t c = 0;
        for (; c + LANES <= width; c += LANES) store(packed + j * stride + c, load(v + j * ldv + c));
        if (c < width) store(packed + j * stride + c, load_first(v + j * ldv + c, width - c));
    }
}

// MARK: The two products

/// Computes the scores of `queries` queries for `vectors` packed vectors of keys. The last vector has `last` keys.
/// Updates `tops` with the maximum of each lane.
INLINE void score_tile(int queries, int vectors, ptrdiff_t last, ptrdiff_t width, const float *const *q,
                       const float *packed, const float *const *masks, ptrdiff_t column, float *scores,
                       ptrdiff_t lds, vfloat *tops) {
    vfloat sums[QUERIES][VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < queries; i++)
#pragma clang loop unroll(full)
        for (int u = 0; u < vectors; u++) sums[i][u] = splat(0);

    // Unrolled four times, because the loop increments a pointer for each query.
#pragma clang loop unroll_count(4)
    for (ptrdiff_t c = 0; c < width; c++) {
        vfloat k[VECTORS];
#pragma clang loop unroll(full)
        for (int u = 0; u < vectors; u++) k[u] = load(packed + (c * vectors + u) * LANES);
#pragma clang loop unroll(full)
        for (int i = 0; i < queries; i++) {
            const vfloat x = splat(q[i][c]);
#pragma clang loop unroll(full)
            for (int u = 0; u < vectors; u++) sums[i][u] = x * k[u] + sums[i][u];
        }
    }

    const vint inside = first_lanes(last);
#pragma clang loop unroll(full)
    for (int i = 0; i < queries; i++)
#pragma clang loop unroll(full)
        for (int u = 0; u < vectors; u++) {
            vfloat s = sums[i][u];
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
INLINE void value_tile(int queries, int vectors, ptrdiff_t last, ptrdiff_t valid, ptrdiff_t keys, const float *weights,
                       ptrdiff_t lds, const float *packed, ptrdiff_t stride, const float *factors, float *out,
                       ptrdiff_t ldo, bool adds) {
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
    for (ptrdiff_t j = 0; j < keys; j++) {
        vfloat v[VECTORS];
#pragma clang loop unroll(full)
        for (int u = 0; u < vectors; u++) v[u] = load(packed + j * stride + u * LANES);
#pragma clang loop unroll(full)
        for (int i = 0; i < queries; i++) {
            const vfloat weight = splat(weights[i * lds + j]);
#pragma clang loop unroll(full)
            for (int u = 0; u < vectors; u++) sums[i][u] = weight * v[u] + sums[i][u];
        }
    }

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
INLINE void score_rows(int queries, ptrdiff_t width, const float *const *q, const float *const *masks,
                       const float *packed, ptrdiff_t keys, ptrdiff_t lo, ptrdiff_t hi, ptrdiff_t base, float *scores,
                       ptrdiff_t lds, vfloat *tops) {
    const ptrdiff_t start = tile_start(keys, lo);
    packed += width * start;
    for (ptrdiff_t j = start; j < hi;) {
        const ptrdiff_t left = keys - j, vectors = tile_vectors(vectors_for(left));
        const ptrdiff_t last = left - (vectors - 1) * LANES;
#define TILE(n)                                                                                                       \
    if (masks)                                                                                                        \
        score_tile(queries, n, last, width, q, packed, masks, j, scores + (j - base), lds, tops);                     \
    else                                                                                                              \
        score_tile(queries, n, last, width, q, packed, NULL, j, scores + (j - base), lds, tops);
        if (vectors == VECTORS) {
            TILE(VECTORS)
        } else if (vectors == 2) {
            TILE(2)
        } else {
            TILE(1)
        }
#undef TILE
        packed += width * vectors * LANES;
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
INLINE void value_rows(int queries, ptrdiff_t valid, ptrdiff_t width, ptrdiff_t keys, const float *weights,
                       ptrdiff_t lds, const float *packed, const float *factors, float *out, ptrdiff_t ldo, bool adds) {
    const ptrdiff_t stride = vectors_for(width) * LANES;
    for (ptrdiff_t c = 0; c < width;) {
        const ptrdiff_t left = width - c, vectors = tile_vectors(vectors_for(left));
        const ptrdiff_t last = left - (vectors - 1) * LANES;
#define TILE(n)                                                                                                       \
    value_tile(queries, n, last, valid, keys, weights, lds, packed + c, stride, factors, out + c, ldo, adds);
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
static void pack_all_keys(ptrdiff_t keys, ptrdiff_t width, float scale, const float *k, ptrdiff_t ldk, float *packed) {
    for (ptrdiff_t j = 0; j < keys;) {
        const ptrdiff_t vectors = tile_vectors(vectors_for(keys - j));
        float *tile = packed + width * j;
        for (ptrdiff_t u = 0; u < vectors; u++, j += LANES)
            pack_keys(keys - j, width, scale, k + j * ldk, ldk, tile + u * LANES, vectors * LANES);
    }
}

#include "AttentionPositions.h"

// MARK: Blocks of queries

/// Computes the attention of `valid` ≤ `queries` queries from row `row` on.
INLINE void attend(int queries, ptrdiff_t valid, const bert_attention_head *h, ptrdiff_t row, const float *packed_keys,
                   const float *packed_values, float *scores, ptrdiff_t lds) {
    // Missing rows repeat the last one. Their results are ignored.
    const float *q[QUERIES], *masks[QUERIES];
    vfloat tops[QUERIES];
    float factors[QUERIES];
    for (int i = 0; i < queries; i++) {
        const ptrdiff_t at = row + (i < valid ? i : valid - 1);
        q[i] = h->q + at * h->ldq;
        masks[i] = h->mask ? h->mask + at * h->ldm : NULL;
        tops[i] = splat(-__builtin_inff());
    }
    score_rows(queries, h->width, q, h->mask ? masks : NULL, packed_keys, h->keys, 0, h->keys, 0, scores, lds, tops);

    // The maximum of a row takes some time, so the maxima of all rows are computed first.
    float greatest[QUERIES];
    for (int i = 0; i < queries; i++) greatest[i] = greatest_of_lanes(tops[i]);
    for (int i = 0; i < queries; i++) {
        if (i >= valid) break;
        float *weights = scores + i * lds;
        float top = greatest[i];
        // All keys are masked. See softmax().
        if (top <= -__FLT_MAX__) top = 0;
        float sum = exponentials(h->keys, top, weights);
        if (sum == 0 && !h->zeroesMaskedRows) {
            fill_row(h->keys, 1, weights);
            sum = (float)h->keys;
        }
        factors[i] = sum == 0 ? 0 : 1 / sum;
        if (h->dropout) dropout(h->dropout, h->first + (uint64_t)((row + i) * h->keys), h->keys, weights, weights);
        if (h->probabilities) {
            float *p = h->probabilities + (row + i) * h->ldp;
            memcpy(p, weights, (size_t)h->keys * sizeof(float));
            scale_row(h->keys, factors[i], p);
        }
    }
    value_rows(queries, valid, h->width, h->keys, scores, lds, packed_values, factors, h->out + row * h->ldo, h->ldo,
               false);
}

static void attention(const bert_attention_head *h, float *scratch) {
    if (h->queries <= 0 || h->width < 0) return;
    if (h->keys <= 0) {
        for (ptrdiff_t i = 0; i < h->queries; i++) memset(h->out + i * h->ldo, 0, (size_t)h->width * sizeof(float));
        return;
    }
    const ptrdiff_t padded_keys = vectors_for(h->keys) * LANES, padded_width = vectors_for(h->width) * LANES;
    float *keys = (float *)(((uintptr_t)scratch + 63) / 64 * 64);
    float *values = keys + h->width * padded_keys;
    float *scores = values + h->keys * padded_width;
    // If the distance between rows of scores were a power of two, they would use the same cache sets.
    const ptrdiff_t lds = padded_keys + BERT_ATTENTION_LANES;
    pack_all_keys(h->keys, h->width, h->scale, h->k, h->ldk, keys);
    pack_values(h->keys, h->width, h->v, h->ldv, values);
    position_terms terms = {0};
    if (h->positions) terms = prepare_positions(h, scores + BERT_ATTENTION_QUERIES * lds);

    for (ptrdiff_t row = 0; row < h->queries; row += QUERIES) {
        const ptrdiff_t left = h->queries - row, valid = left < QUERIES ? left : QUERIES;
        if (h->positions)
            attend_in_place(valid, h, &terms, row, keys, values, scores, lds);
        else if (left > QUERIES / 2)
            attend(QUERIES, valid, h, row, keys, values, scores, lds);
        else
            attend(QUERIES / 2, left, h, row, keys, values, scores, lds);
    }
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
