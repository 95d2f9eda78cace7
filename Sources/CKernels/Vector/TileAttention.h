// An attention head in bfloat16 with AMX. Attention.h computes it in float32.
//
// Queries, keys, values, and the exponentials of the scores are rounded to bfloat16 for the two products. Their sums
// and the softmax are float32. Up to 32 queries are processed at a time. The results of a query don't depend on the
// others.

#pragma once

#include "Attention.h"
#include "Tiles.h"

/// The sizes of a head's operands in steps of 32 elements, and the elements between rows of scores.
typedef struct {
    ptrdiff_t width_steps, key_steps, lds;
} head_sizes;

INLINE head_sizes sizes_of_head(const bert_attention_head *h) {
    const ptrdiff_t key_steps = tile_steps(BERT_PRODUCT_BFLOAT16, h->keys);
    // The number of cache lines between rows is odd.
    return (head_sizes){tile_steps(BERT_PRODUCT_BFLOAT16, h->width), key_steps, 2 * key_steps * LANES + LANES};
}

/// Multiplies up to 32 rows of `x` by panels of weights. The number of steps is the same for all panels.
static void multiply_panels(ptrdiff_t rows, const char *x, ptrdiff_t stride, ptrdiff_t steps, const char *weights,
                            ptrdiff_t panels, float *sums, ptrdiff_t lds) {
    for (ptrdiff_t i = 0; i < panels; i++, weights += steps * STEP_SIZE, sums += BLOCK_COLUMNS)
        if (rows > TILE_HEIGHT)
            multiply_block(2, BERT_PRODUCT_BFLOAT16, steps, x, stride, TILE_HEIGHT, weights, NULL, sums, lds * 4, NULL,
                           NULL, 0);
        else
            multiply_block(1, BERT_PRODUCT_BFLOAT16, steps, x, stride, TILE_HEIGHT, weights, NULL, sums, lds * 4, NULL,
                           NULL, 0);
}

/// Scales a row of scores in place, adds the mask, and returns the maximum. Lanes after the last key become -∞.
INLINE float masked_scores(ptrdiff_t keys, float scale, const float *mask, float *scores) {
    vfloat tops[2] = {splat(-__builtin_inff()), splat(-__builtin_inff())};
    for (ptrdiff_t j = 0; j < keys; j += 2 * LANES)
#pragma clang loop unroll(full)
        for (int u = 0; u < 2; u++) {
            const ptrdiff_t at = j + u * LANES, left = keys - at;
            vfloat s = load(scores + at) * scale;
            if (mask) s += load_some(mask + at, left);
            if (left < LANES) s = choose(first_lanes(left > 0 ? left : 0), s, splat(-__builtin_inff()));
            store(scores + at, s);
            tops[u] = at_least(s, tops[u]);
        }
    return greatest_of_lanes(greater(tops[0], tops[1]));
}

/// Computes exp(scores - top), also rounded to bfloat16, and returns the sum before rounding.
INLINE float rounded_exponentials(ptrdiff_t keys, float top, float *scores, uint16_t *rounded) {
    vfloat sums[2] = {0};
    for (ptrdiff_t j = 0; j < keys; j += 2 * LANES)
#pragma clang loop unroll(full)
        for (int u = 0; u < 2; u++) {
            const vfloat e = exp_of_negative(load(scores + j + u * LANES) - top);
            store(scores + j + u * LANES, e);
            store_shorts(rounded + j + u * LANES, (vshort)_mm512_cvtneps_pbh((__m512)e), LANES);
            sums[u] += e;
        }
    return sum_of_lanes(sums[0] + sums[1]);
}

/// Computes the rounded weights of the keys for query `row`. Returns the factor of the weighted sum of the values.
INLINE float rounded_weights(const bert_attention_head *h, ptrdiff_t row, float top, float *scores, uint16_t *rounded) {
    // All keys are masked. See softmax().
    if (top <= -__FLT_MAX__) top = 0;
    float sum = rounded_exponentials(h->keys, top, scores, rounded);
    if (sum == 0 && !h->zeroesMaskedRows) {
        fill_row(h->keys, 1, scores);
        for (ptrdiff_t j = 0; j < h->keys; j++) rounded[j] = 0x3F80;
        sum = (float)h->keys;
    }
    const float factor = sum == 0 ? 0 : 1 / sum;
    if (h->probabilities) {
        float *p = h->probabilities + row * h->ldp;
        memcpy(p, scores, (size_t)h->keys * sizeof(float));
        scale_row(h->keys, factor, p);
    }
    return factor;
}

static void tile_attention(const bert_attention_head *h, float *scratch) {
    if (h->rounding != BERT_ROUNDING_FASTEST || h->keys <= 0 || h->width <= 0 || h->positions || h->dropout) {
        attention(h, scratch);
        return;
    }
    if (h->queries <= 0) return;
    const head_sizes sizes = sizes_of_head(h);
    const ptrdiff_t panel = sizes.width_steps * STEP_SIZE, query_stride = tile_stride(sizes.width_steps);
    const ptrdiff_t weight_stride = tile_stride(sizes.key_steps), padded_width = sizes.width_steps * BLOCK_COLUMNS;
    char *keys = (char *)(((uintptr_t)scratch + 63) / 64 * 64);
    char *values = keys + sizes.key_steps * panel;
    char *queries = values + sizes.key_steps * panel;
    char *weights = queries + BLOCK_HEIGHT * query_stride;
    float *scores = (float *)(weights + BLOCK_HEIGHT * weight_stride);
    float *sums = scores + BLOCK_HEIGHT * sizes.lds;

    for (ptrdiff_t i = 0; i < sizes.key_steps; i++) {
        const ptrdiff_t first = i * BLOCK_COLUMNS, left = h->keys - first;
        pack_bfloat_tiles(h->width, left < BLOCK_COLUMNS ? left : BLOCK_COLUMNS, h->k + first * h->ldk, 1, h->ldk,
                          keys + i * panel);
    }
    for (ptrdiff_t i = 0; i < sizes.width_steps; i++) {
        const ptrdiff_t first = i * BLOCK_COLUMNS, left = h->width - first;
        pack_bfloat_tiles(h->keys, left < BLOCK_COLUMNS ? left : BLOCK_COLUMNS, h->v + first, h->ldv, 1,
                          values + i * sizes.key_steps * STEP_SIZE);
    }
    load_tile_shapes(TILE_HEIGHT);
    for (ptrdiff_t row = 0; row < h->queries; row += BLOCK_HEIGHT) {
        const ptrdiff_t rows = h->queries - row < BLOCK_HEIGHT ? h->queries - row : BLOCK_HEIGHT;
        round_rows(rows, h->width, h->q + row * h->ldq, h->ldq, (input_bfloat *)queries, query_stride / 2);
        // Missing rows are multiplied, too. Their results are ignored.
        memset(queries + rows * query_stride, 0, (size_t)((BLOCK_HEIGHT - rows) * query_stride));
        if (rows < BLOCK_HEIGHT)
            memset(weights + rows * weight_stride, 0, (size_t)((BLOCK_HEIGHT - rows) * weight_stride));
        multiply_panels(rows, queries, query_stride, sizes.width_steps, keys, sizes.key_steps, scores, sizes.lds);
        // The maximum of a row is available some time after its scores, so all of them are computed first.
        float tops[BLOCK_HEIGHT], factors[BLOCK_HEIGHT];
        for (ptrdiff_t i = 0; i < rows; i++)
            tops[i] = masked_scores(h->keys, h->scale, h->mask ? h->mask + (row + i) * h->ldm : NULL,
                                    scores + i * sizes.lds);
        for (ptrdiff_t i = 0; i < rows; i++)
            factors[i] = rounded_weights(h, row + i, tops[i], scores + i * sizes.lds,
                                         (uint16_t *)(weights + i * weight_stride));
        multiply_panels(rows, weights, weight_stride, sizes.key_steps, values, sizes.width_steps, sums, padded_width);
        for (ptrdiff_t i = 0; i < rows; i++) {
            float *out = h->out + (row + i) * h->ldo;
            for (ptrdiff_t c = 0; c < h->width; c += LANES)
                store_some(out + c, load(sums + i * padded_width + c) * factors[i], h->width - c);
        }
    }
    _tile_release();
}
