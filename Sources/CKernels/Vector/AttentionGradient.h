// The gradient of an attention head.
//
// Queries are processed in blocks. The probabilities of a block and their gradients are recomputed with the tiles of
// Attention.h, followed by the gradients of the queries. Both matrices are then transposed, and the same tiles add the
// block's contributions to the gradients of keys and values. The elements are summed in the order of the queries,
// regardless of the blocks.

#pragma once

#include "Attention.h"
#include "Training.h"

static void attention_gradient(const bert_attention_head_gradient *h, float *scratch) {
    const ptrdiff_t width = h->width, keys = h->keys;
    if (width <= 0) return;
    if (keys <= 0 || h->queries <= 0) {
        for (ptrdiff_t i = 0; i < h->queries; i++) fill_row(width, 0, h->dq + i * h->lddq);
        for (ptrdiff_t j = 0; j < keys; j++) {
            fill_row(width, 0, h->dk + j * h->lddk);
            fill_row(width, 0, h->dv + j * h->lddv);
        }
        return;
    }
    enum { BLOCK = BERT_GRADIENT_QUERIES };
    const ptrdiff_t padded_keys = vectors_for(keys) * LANES, padded_width = vectors_for(width) * LANES;
    // If the distance between rows of scores were a power of two, they would use the same cache sets.
    const ptrdiff_t lds = padded_keys + BERT_ATTENTION_LANES;
    float *turned_keys = (float *)(((uintptr_t)scratch + 63) / 64 * 64);
    float *turned_values = turned_keys + width * padded_keys;
    float *key_rows = turned_values + width * padded_keys;
    float *p = key_rows + keys * padded_width, *ds = p + BLOCK * lds, *z = ds + BLOCK * lds;
    float *turned_p = z + lds, *turned_ds = turned_p + padded_keys * BLOCK;
    float *gradient_rows = turned_ds + padded_keys * BLOCK, *query_rows = gradient_rows + BLOCK * padded_width;
    pack_all_keys(false, keys, width, h->scale, h->k, h->ldk, turned_keys);
    pack_all_keys(false, keys, width, 1, h->v, h->ldv, turned_values);
    pack_values(false, keys, width, h->k, h->ldk, key_rows);
    const bool has_factors = h->headScale != 1 || h->dropout;
    float scales[QUERIES], ones[QUERIES];
    for (int i = 0; i < QUERIES; i++) scales[i] = h->scale, ones[i] = 1;

    for (ptrdiff_t start = 0; start < h->queries; start += BLOCK) {
        const ptrdiff_t count = h->queries - start < BLOCK ? h->queries - start : BLOCK;
        for (ptrdiff_t row = 0; row < count; row += QUERIES) {
            const ptrdiff_t valid = count - row < QUERIES ? count - row : QUERIES;
            const float *q[QUERIES], *g[QUERIES], *masks[QUERIES];
            vfloat tops[QUERIES], ignored[QUERIES];
            for (int i = 0; i < QUERIES; i++) {
                const ptrdiff_t at = start + row + (i < valid ? i : valid - 1);
                q[i] = h->q + at * h->ldq;
                g[i] = h->g + at * h->ldg;
                masks[i] = h->mask ? h->mask + at * h->ldm : NULL;
                tops[i] = ignored[i] = splat(-__builtin_inff());
            }
            float *scores = p + row * lds, *slopes = ds + row * lds;
            score_rows(false, QUERIES, width, q, h->mask ? masks : NULL, turned_keys, 1, keys, 0, keys, 0, scores, lds,
                       tops);
            score_rows(false, QUERIES, width, g, NULL, turned_values, 1, keys, 0, keys, 0, slopes, lds, ignored);
            for (ptrdiff_t i = 0; i < valid; i++) {
                float *probabilities = scores + i * lds, *own = slopes + i * lds;
                float top = greatest_of_lanes(tops[i]);
                // All keys are masked. See softmax().
                if (top <= -__FLT_MAX__) top = 0;
                const float sum = exponentials(keys, top, probabilities);
                if (sum == 0)
                    fill_row(keys, h->zeroesMaskedRows ? 0 : 1 / (float)keys, probabilities);
                else
                    scale_row(keys, 1 / sum, probabilities);
                if (has_factors) {
                    fill_row(keys, h->headScale, z);
                    if (h->dropout) dropout(h->dropout, h->first + (uint64_t)((start + row + i) * keys), keys, z, z);
                    combine_row(keys, own, false, z, false, own, times);
                }
                const float along = dot_of_rows(keys, probabilities, own);
                project_row(keys, probabilities, own, along, 1, own);
                if (has_factors) combine_row(keys, probabilities, false, z, false, probabilities, times);
            }
            value_rows(false, QUERIES, valid, width, keys, slopes, lds, key_rows, scales,
                       h->dq + (start + row) * h->lddq, h->lddq, false);
        }
        transpose_rows(count, keys, p, lds, turned_p, BLOCK);
        transpose_rows(count, keys, ds, lds, turned_ds, BLOCK);
        pack_values(false, count, width, h->g + start * h->ldg, h->ldg, gradient_rows);
        pack_values(false, count, width, h->q + start * h->ldq, h->ldq, query_rows);
        scale_row(count * padded_width, h->scale, query_rows);
        for (ptrdiff_t j = 0; j < keys; j += QUERIES) {
            const ptrdiff_t valid = keys - j < QUERIES ? keys - j : QUERIES;
#define ADD(adds)                                                                                                     \
    value_rows(false, QUERIES, valid, width, count, turned_p + j * BLOCK, BLOCK, gradient_rows, ones,                 \
               h->dv + j * h->lddv, h->lddv, adds);                                                                   \
    value_rows(false, QUERIES, valid, width, count, turned_ds + j * BLOCK, BLOCK, query_rows, ones,                   \
               h->dk + j * h->lddk, h->lddk, adds);
            if (start == 0) {
                ADD(false)
            } else {
                ADD(true)
            }
#undef ADD
        }
    }
}
