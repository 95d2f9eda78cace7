// One head of attention.

#pragma once

#include "Rows.h"

static void attention(const bert_attention_head *h, float *scratch) {
    for (ptrdiff_t i = 0; i < h->queries; i++) {
        const float *q = h->q + i * h->ldq;
        float *out = h->out + i * h->ldo;
        for (ptrdiff_t j = 0; j < h->keys; j++) {
            float dot = 0;
            for (ptrdiff_t c = 0; c < h->width; c++) dot += q[c] * h->k[j * h->ldk + c];
            scratch[j] = dot;
        }
        softmax(1, h->keys, h->scale, scratch, 0, h->mask ? h->mask + i * h->ldm : NULL, 0, scratch, 0);
        for (ptrdiff_t c = 0; c < h->width; c++) {
            float sum = 0;
            for (ptrdiff_t j = 0; j < h->keys; j++) sum += scratch[j] * h->v[j * h->ldv + c];
            out[c] = sum;
        }
        if (h->probabilities && h->keys > 0)
            memcpy(h->probabilities + i * h->ldp, scratch, (size_t)h->keys * sizeof(float));
    }
}
