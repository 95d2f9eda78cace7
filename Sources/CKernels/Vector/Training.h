// Kernels that are only used in training: dropout, the optimizer, gradient norms, and losses over a vocabulary.

#pragma once

#include "Gradients.h"

// MARK: Dropout

typedef uint64_t vlong __attribute__((vector_size(8 * LANES)));

/// Returns the low half of the products of lanes with a constant, and the high half in `high`.
INLINE vuint low_and_high(vuint x, uint32_t factor, vuint *high) {
    const vlong product = __builtin_convertvector(x, vlong) * (uint64_t)factor;
    *high = __builtin_convertvector(product >> 32, vuint);
    return x * factor;
}

/// Computes the blocks of Philox 4×32-10 starting at `block`, with one block per lane. Stores the four words of each
/// block consecutively.
INLINE void philox(const bert_dropout_mask *d, uint32_t block, uint32_t *words) {
    const vuint zero = {0};
    vuint c0 = (vuint){LANES_IOTA} + block, c1 = zero + d->site, c2 = zero + d->step, c3 = zero + 4;
    uint32_t k0 = d->seedLow, k1 = d->seedHigh;
#pragma clang loop unroll(full)
    for (int round = 0; round < 10; round++) {
        vuint high0, high2;
        const vuint low0 = low_and_high(c0, 0xD2511F53, &high0), low2 = low_and_high(c2, 0xCD9E8D57, &high2);
        c0 = high2 ^ c1 ^ k0;
        c1 = low2;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E3779B9, k1 += 0xBB67AE85;
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < LANES; i++) {
        words[4 * i] = c0[i], words[4 * i + 1] = c1[i];
        words[4 * i + 2] = c2[i], words[4 * i + 3] = c3[i];
    }
}

static void dropout(const bert_dropout_mask *d, uint64_t first, ptrdiff_t n, const float *x, float *y) {
    enum { EACH = 8 * LANES };
    // Each word has two 16-bit random numbers.
    uint32_t words[4 * LANES];
    ptrdiff_t done = 0;
    while (done < n) {
        const uint64_t place = first + (uint64_t)done;
        const int skipped = (int)(place % 8);
        philox(d, (uint32_t)(place / 8), words);
        const ptrdiff_t left = n - done, here = left < EACH - skipped ? left : EACH - skipped;
        for (ptrdiff_t j = 0; j < here; j += LANES) {
            const ptrdiff_t rest = here - j;
            uint32_t halves[LANES];
            for (int i = 0; i < LANES; i++) {
                const ptrdiff_t at = skipped + j + i < EACH ? skipped + j + i : 0;
                halves[i] = words[at / 2] >> (at % 2 * 16) & 0xFFFF;
            }
            vuint bits;
            memcpy(&bits, halves, sizeof bits);
            const vfloat factor = choose((vint)(bits < d->threshold), splat(0), splat(d->factor));
            const float *from = x + done + j;
            float *to = y + done + j;
            if (rest >= LANES)
                store(to, load(from) * factor);
            else
                store_first(to, load_first(from, rest) * factor, rest);
        }
        done += here;
    }
}

// MARK: The optimizer

INLINE void adamw_step(const bert_adamw_step *s, vfloat gradient, vfloat *p, vfloat *m, vfloat *v) {
    const vfloat g = gradient * s->gradientScale;
    *m = (g - *m) * s->firstShare + *m;
    // Separate statements determine which of two products is rounded before the fused addition.
    const vfloat square = g * g * s->secondShare;
    *v = *v * s->secondKept + square;
    const vfloat change = *m / (square_root_of(*v) / s->correction + s->epsilon);
    const vfloat moved = change * s->stepSize;
    *p = *p * s->decay - moved;
}

static void adamw(const bert_adamw_step *s, ptrdiff_t n, const float *g, const float *p, const float *m, const float *v,
                  float *newP, float *newM, float *newV) {
    for (ptrdiff_t j = 0; j < n; j += LANES) {
        const ptrdiff_t rest = n - j;
        if (rest >= LANES) {
            vfloat a = load(p + j), b = load(m + j), c = load(v + j);
            adamw_step(s, load(g + j), &a, &b, &c);
            store(newP + j, a), store(newM + j, b), store(newV + j, c);
        } else {
            vfloat a = load_first(p + j, rest), b = load_first(m + j, rest), c = load_first(v + j, rest);
            adamw_step(s, load_first(g + j, rest), &a, &b, &c);
            store_first(newP + j, a, rest), store_first(newM + j, b, rest), store_first(newV + j, c, rest);
        }
    }
}

// MARK: Norms

typedef double wdouble __attribute__((vector_size(8 * 16)));

static double sum_of_squares(ptrdiff_t n, const float *x) {
    wdouble sums = {0};
    for (ptrdiff_t j = 0; j < n; j += WIDE) {
        const wfloat v = n - j < WIDE ? wide_load_first(x + j, n - j) : wide_load(x + j);
        const wdouble exact = __builtin_convertvector(v, wdouble);
        sums += exact * exact;
    }
    double lanes[WIDE];
    memcpy(lanes, &sums, sizeof sums);
    for (int half = WIDE / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    return lanes[0];
}

// MARK: Losses

static void cross_entropy(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const int32_t *labels,
                          int32_t ignored, float smoothing, float scale, float *losses, float *y, ptrdiff_t ldy) {
    if (n <= 0) return;
    const float shared = smoothing / (float)n;
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float *xi = x + i * ldx;
        float *yi = y + i * ldy;
        if (labels[i] == ignored) {
            losses[i] = 0;
            fill_row(n, 0, yi);
            continue;
        }
        const float top = reduced(true, n, xi), own = xi[labels[i]] - top;
        memcpy(yi, xi, (size_t)n * sizeof(float));
        const float sum = exponentials(n, top, yi);
        const vfloat logarithm = log_of(splat(sum));
        float target = own * (1 - smoothing);
        // The difference between the mean and the maximum of the logits.
        if (smoothing > 0) target += smoothing * (reduced(false, n, xi) / (float)n - top);
        losses[i] = logarithm[0] - target;
        const float factor = 1 / sum;
        ptrdiff_t j = 0;
        for (; j + LANES <= n; j += LANES) store(yi + j, (load(yi + j) * factor - shared) * scale);
        if (j < n) store_first(yi + j, (load_first(yi + j, n - j) * factor - shared) * scale, n - j);
        yi[labels[i]] -= (1 - smoothing) * scale;
    }
}

// MARK: Layout

static void transpose_rows(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i += LANES)
        for (ptrdiff_t j = 0; j < n; j += LANES) {
            const ptrdiff_t height = rows - i < LANES ? rows - i : LANES, width = n - j < LANES ? n - j : LANES;
            vfloat block[LANES];
            if (height == LANES && width == LANES) {
#pragma clang loop unroll(full)
                for (int u = 0; u < LANES; u++) block[u] = load(x + (i + u) * ldx + j);
                transpose(block);
#pragma clang loop unroll(full)
                for (int u = 0; u < LANES; u++) store(y + (j + u) * ldy + i, block[u]);
                continue;
            }
            for (int u = 0; u < LANES; u++) {
                if (u >= height)
                    block[u] = splat(0);
                else
                    block[u] = width == LANES ? load(x + (i + u) * ldx + j) : load_first(x + (i + u) * ldx + j, width);
            }
            transpose(block);
            for (int u = 0; u < width; u++) {
                if (height == LANES)
                    store(y + (j + u) * ldy + i, block[u]);
                else
                    store_first(y + (j + u) * ldy + i, block[u], height);
            }
        }
}
