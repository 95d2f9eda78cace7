// Scores of stored vectors for a search: dot products of rows in memory with a few queries. A row is read once.

#pragma once

#include "Lanes.h"

/// The number of rows, or of queries, with independent sums, so that additions don't wait for each other.
enum { SCANNED = 4 };

typedef uint8_t vbytes __attribute__((vector_size(LANES)));

/// Loads `n` floats, at most LANES. The other lanes are 0.
INLINE vfloat load_part(const float *p, ptrdiff_t n) { return n >= LANES ? load(p) : load_first(p, n); }

INLINE void scan_float_rows(int count, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *q, float *y,
                            ptrdiff_t ldy) {
    vfloat sums[SCANNED] = {{0}};
    ptrdiff_t k = 0;
    for (; k + LANES <= n; k += LANES) {
        const vfloat part = load(q + k);
#pragma clang loop unroll(full)
        for (int i = 0; i < SCANNED; i++)
            if (i < count) sums[i] = load(x + i * ldx + k) * part + sums[i];
    }
    if (k < n) {
        const vfloat part = load_first(q + k, n - k);
#pragma clang loop unroll(full)
        for (int i = 0; i < SCANNED; i++)
            if (i < count) sums[i] = load_first(x + i * ldx + k, n - k) * part + sums[i];
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < SCANNED; i++)
        if (i < count) y[i * ldy] = sum_of_lanes(sums[i]);
}

static void scan_floats(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, ptrdiff_t queries, const float *q,
                        float *y, ptrdiff_t ldy) {
    ptrdiff_t i = 0;
    for (; i + SCANNED <= rows; i += SCANNED)
        for (ptrdiff_t j = 0; j < queries; j++)
            scan_float_rows(SCANNED, n, x + i * ldx, ldx, q + j * n, y + i * ldy + j, ldy);
    for (; i < rows; i++)
        for (ptrdiff_t j = 0; j < queries; j++) scan_float_rows(1, n, x + i * ldx, ldx, q + j * n, y + i * ldy + j, ldy);
}

/// Returns the middles of `n` steps, at most LANES. The last step contains only its start.
INLINE vfloat middles(const uint8_t *x, ptrdiff_t n, uint8_t flip) {
    vbytes bytes = {0};
    if (n >= LANES)
        memcpy(&bytes, x, LANES);
    else
        memcpy(&bytes, x, (size_t)n);
    bytes ^= flip;
    return at_most(__builtin_convertvector(__builtin_convertvector(bytes, vint), vfloat) + 0.5f, splat(255));
}

/// Returns `n` components, at most LANES, from their steps.
INLINE vfloat widened(const uint8_t *x, ptrdiff_t n, uint8_t flip, const float *starts, const float *sizes) {
    // Separate statements, so that the product is rounded before the addition.
    const vfloat offset = middles(x, n, flip) * load_part(sizes, n);
    return offset + load_part(starts, n);
}

INLINE void scan_byte_row(int count, ptrdiff_t n, const uint8_t *x, uint8_t flip, const float *starts,
                          const float *sizes, const float *q, float *y) {
    vfloat sums[SCANNED] = {{0}};
    ptrdiff_t k = 0;
    for (; k + LANES <= n; k += LANES) {
        const vfloat part = widened(x + k, LANES, flip, starts + k, sizes + k);
#pragma clang loop unroll(full)
        for (int j = 0; j < SCANNED; j++)
            if (j < count) sums[j] = part * load(q + j * n + k) + sums[j];
    }
    if (k < n) {
        const vfloat part = widened(x + k, n - k, flip, starts + k, sizes + k);
#pragma clang loop unroll(full)
        for (int j = 0; j < SCANNED; j++)
            if (j < count) sums[j] = part * load_first(q + j * n + k, n - k) + sums[j];
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < SCANNED; j++)
        if (j < count) y[j] = sum_of_lanes(sums[j]);
}

static void scan_bytes(ptrdiff_t rows, ptrdiff_t n, const uint8_t *x, ptrdiff_t ldx, uint8_t flip, const float *starts,
                       const float *sizes, ptrdiff_t queries, const float *q, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        const uint8_t *row = x + i * ldx;
        ptrdiff_t j = 0;
        for (; j + SCANNED <= queries; j += SCANNED)
            scan_byte_row(SCANNED, n, row, flip, starts, sizes, q + j * n, y + i * ldy + j);
        for (; j < queries; j++) scan_byte_row(1, n, row, flip, starts, sizes, q + j * n, y + i * ldy + j);
    }
}

static void widen_steps(ptrdiff_t n, const uint8_t *x, uint8_t flip, const float *starts, const float *sizes, float *y) {
    for (ptrdiff_t k = 0; k < n; k += LANES) {
        const ptrdiff_t left = n - k;
        const vfloat values = widened(x + k, left, flip, starts + k, sizes + k);
        if (left >= LANES)
            store(y + k, values);
        else
            store_first(y + k, values, left);
    }
}

/// Returns the sign bits of the lanes that are −1 in a row of bits, starting at component `k`. The first component of a
/// byte is its highest bit.
INLINE vint signs_of_lanes(const uint8_t *x, ptrdiff_t k, ptrdiff_t byteCount, uint8_t flip) {
#if LANES == 16
    const uint32_t second = k / 8 + 1 < byteCount ? x[k / 8 + 1] ^ flip : 0, word = (x[k / 8] ^ flip) | second << 8;
    const vuint places = {0x80,   0x40,   0x20,   0x10,   0x8,   0x4,   0x2,   0x1,
                          0x8000, 0x4000, 0x2000, 0x1000, 0x800, 0x400, 0x200, 0x100};
#elif LANES == 8
    (void)byteCount;
    const uint32_t word = x[k / 8] ^ flip;
    const vuint places = {0x80, 0x40, 0x20, 0x10, 0x8, 0x4, 0x2, 0x1};
#else
    (void)byteCount;
    const uint32_t word = (uint32_t)(x[k / 8] ^ flip) << (k % 8);
    const vuint places = {0x80, 0x40, 0x20, 0x10};
#endif
    return (vint)((((vuint){0} + word) & places) == 0) & (int32_t)0x80000000;
}

INLINE void scan_bit_row(int count, ptrdiff_t n, const uint8_t *x, uint8_t flip, const float *q, float *y) {
    const ptrdiff_t bytes = (n + 7) / 8;
    vfloat sums[SCANNED] = {{0}};
    ptrdiff_t k = 0;
    for (; k + LANES <= n; k += LANES) {
        const vint signs = signs_of_lanes(x, k, bytes, flip);
#pragma clang loop unroll(full)
        for (int j = 0; j < SCANNED; j++)
            if (j < count) sums[j] += (vfloat)(bits(load(q + j * n + k)) ^ signs);
    }
    if (k < n) {
        // The other lanes of the query are 0 or −0, which change no sum.
        const vint signs = signs_of_lanes(x, k, bytes, flip);
#pragma clang loop unroll(full)
        for (int j = 0; j < SCANNED; j++)
            if (j < count) sums[j] += (vfloat)(bits(load_first(q + j * n + k, n - k)) ^ signs);
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < SCANNED; j++)
        if (j < count) y[j] = sum_of_lanes(sums[j]);
}

static void scan_bits(ptrdiff_t rows, ptrdiff_t n, const uint8_t *x, ptrdiff_t ldx, uint8_t flip, ptrdiff_t queries,
                      const float *q, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        const uint8_t *row = x + i * ldx;
        ptrdiff_t j = 0;
        for (; j + SCANNED <= queries; j += SCANNED)
            scan_bit_row(SCANNED, n, row, flip, q + j * n, y + i * ldy + j);
        for (; j < queries; j++) scan_bit_row(1, n, row, flip, q + j * n, y + i * ldy + j);
    }
}

static void scan_planes(ptrdiff_t rows, ptrdiff_t bytes, const uint8_t *x, ptrdiff_t ldx, ptrdiff_t queries,
                        const uint64_t *q, uint32_t *y, ptrdiff_t ldy) {
#if defined(VECTOR_AVX512) && !defined(BERT_EMULATE_AVX512)
    if (bert_counts_vector_bits()) {
        bert_scan_planes_of_vectors(rows, bytes, x, ldx, queries, q, y, ldy);
        return;
    }
#endif
    bert_scan_planes_of_words(rows, bytes, x, ldx, queries, q, y, ldy);
}
