// Attention that depends on the distance between tokens.
//
// For each query, the terms that depend on the distance between query and key are written to a row of additions, which
// is added to the scores like a mask. Keys that are out of reach of all queries in a block are skipped, so that the
// cost is proportional to the width of a window.

#pragma once

/// On all instruction sets, sums over a row use an accumulator for each column modulo this number. Columns out of a
/// query's reach add exact zeros, so the sum is bitwise equal regardless of which other queries are in the block.
#define COLUMN_GROUP 32

/// Values that are computed once for a head.
typedef struct {
    /// Whether the places of keys are in ascending order, and whether they are consecutive.
    bool ascends, is_contiguous;
    /// The packed tables of disentangled attention, and the products of all keys with one of them: [keys, rows].
    const float *keys, *products;
    ptrdiff_t ldp;
    /// The products of a block of queries with the other table, [QUERIES, rows].
    float *query_products;
    /// [QUERIES, columns], with the same stride as scores.
    float *additions;
} position_terms;

/// Returns place(key) - place(query), with wraparound on overflow.
INLINE ptrdiff_t distance_of(int32_t query, int32_t key) { return (int32_t)((uint32_t)key - (uint32_t)query); }

INLINE ptrdiff_t clamped(ptrdiff_t value, ptrdiff_t limit) {
    return value < -limit ? -limit : value > limit ? limit : value;
}

static position_terms prepare_positions(const bert_attention_head *h, float *scratch) {
    const bert_attention_positions *p = h->positions;
    const ptrdiff_t lds = vectors_for(h->keys) * LANES + BERT_ATTENTION_LANES;
    position_terms terms = {.ascends = true, .is_contiguous = true, .additions = scratch};
    for (ptrdiff_t j = 1; j < h->keys; j++) {
        const ptrdiff_t step = distance_of(p->keys[j - 1], p->keys[j]);
        terms.ascends &= step >= 0;
        terms.is_contiguous &= step == 1;
    }
    scratch += BERT_ATTENTION_QUERIES * lds;
    const ptrdiff_t padded_rows = vectors_for(p->rowCount) * LANES;
    terms.ldp = padded_rows;
    if (p->relativeKeys) {
        float *packed = scratch;
        pack_all_keys(false, p->rowCount, h->width, h->scale, p->relativeKeys + p->firstRow * p->ldr, p->ldr, packed);
        terms.keys = packed;
        scratch += h->width * padded_rows;
        terms.query_products = scratch;
        scratch += BERT_ATTENTION_QUERIES * padded_rows;
    }
    if (p->relativeQueries) {
        float *packed = scratch, *products = packed + h->width * padded_rows;
        pack_all_keys(false, p->rowCount, h->width, h->scale, p->relativeQueries + p->firstRow * p->ldr, p->ldr,
                      packed);
        // There is memory for the unused rows that the last iteration computes.
        for (ptrdiff_t j = 0; j < h->keys; j += QUERIES) {
            const float *k[QUERIES];
            vfloat tops[QUERIES] = {0};
            const ptrdiff_t valid = h->keys - j < QUERIES ? h->keys - j : QUERIES;
            for (int i = 0; i < QUERIES; i++) k[i] = h->k + (j + (i < valid ? i : valid - 1)) * h->ldk;
            score_rows(false, QUERIES, h->width, k, NULL, packed, 1, p->rowCount, 0, p->rowCount, 0,
                       products + j * padded_rows, padded_rows, tops);
        }
        terms.products = products;
    }
    return terms;
}

/// Adds table[clamp(distance)] to the row of a query, for keys in [first, end) with consecutive places.
INLINE void add_contiguous_bias(const float *table, ptrdiff_t limit, ptrdiff_t distance, ptrdiff_t count, float *y) {
    ptrdiff_t j = 0;
    for (; j < count && distance + j < -limit; j++) y[j] += table[0];
    const ptrdiff_t inner = limit - distance + 1 < count ? limit - distance + 1 : count;
    for (const float *entries = table + limit + distance; j < inner; j++) y[j] += entries[j];
    for (; j < count; j++) y[j] += table[2 * limit];
}

/// Writes the additions of `valid` queries from `row` on for keys in [first, end). Column 0 is key `base`.
static void write_additions(ptrdiff_t valid, const bert_attention_head *h, const position_terms *terms, ptrdiff_t row,
                            ptrdiff_t first, ptrdiff_t end, ptrdiff_t base, ptrdiff_t lds) {
    const bert_attention_positions *p = h->positions;
    const ptrdiff_t count = end - first;
    const int32_t *places = p->keys + first;
    for (ptrdiff_t i = 0; i < valid; i++) {
        float *y = terms->additions + i * lds + (first - base);
        if (h->mask)
            memcpy(y, h->mask + (row + i) * h->ldm + first, (size_t)count * sizeof(float));
        else
            memset(y, 0, (size_t)count * sizeof(float));
        const int32_t own = p->queries[row + i];
        if (p->bias) {
            if (terms->is_contiguous)
                add_contiguous_bias(p->bias, p->biasLimit, distance_of(own, places[0]), count, y);
            else
                for (ptrdiff_t j = 0; j < count; j++)
                    y[j] += p->bias[clamped(distance_of(own, places[j]), p->biasLimit) + p->biasLimit];
        }
        if (terms->keys) {
            const float *products = terms->query_products + i * terms->ldp - p->firstRow;
            const int32_t *rows = p->rows + p->rowLimit;
            for (ptrdiff_t j = 0; j < count; j++)
                y[j] += products[rows[clamped(distance_of(own, places[j]), p->rowLimit)]];
        }
    }
    if (terms->products) {
        const int32_t *rows = p->rows + p->rowLimit;
        // The products of a key are contiguous, so all queries use them while they are in the cache.
        for (ptrdiff_t j = 0; j < count; j++) {
            const float *products = terms->products + (first + j) * terms->ldp - p->firstRow;
            for (ptrdiff_t i = 0; i < valid; i++)
                terms->additions[i * lds + (first - base) + j] +=
                    products[rows[clamped(distance_of(p->queries[row + i], places[j]), p->rowLimit)]];
        }
    }
    if (p->reach < 0) return;
    for (ptrdiff_t i = 0; i < valid; i++) {
        float *y = terms->additions + i * lds + (first - base);
        const int32_t own = p->queries[row + i];
        for (ptrdiff_t j = 0; j < count; j++) {
            const ptrdiff_t distance = distance_of(own, places[j]);
            y[j] = distance > p->reach || -distance > p->reach ? -__builtin_inff() : y[j];
        }
    }
}

/// Computes a range [lo, hi) that includes all keys in reach of `valid` queries from `row` on.
static void keys_in_reach(ptrdiff_t valid, const bert_attention_head *h, const position_terms *terms, ptrdiff_t row,
                          ptrdiff_t *lo, ptrdiff_t *hi) {
    const bert_attention_positions *p = h->positions;
    *lo = 0, *hi = h->keys;
    if (p->reach < 0 || !terms->ascends) return;
    int64_t least = p->queries[row], greatest = least;
    for (ptrdiff_t i = 1; i < valid; i++) {
        const int64_t place = p->queries[row + i];
        if (place < least) least = place;
        if (place > greatest) greatest = place;
    }
    // A reach that exceeds all places is clamped to prevent overflow.
    const int64_t reach = p->reach > INT32_MAX ? (int64_t)UINT32_MAX : (int64_t)p->reach;
    while (*lo < *hi) {
        const ptrdiff_t middle = *lo + (*hi - *lo) / 2;
        if (p->keys[middle] < least - reach) *lo = middle + 1; else *hi = middle;
    }
    *hi = h->keys;
    for (ptrdiff_t low = *lo; low < *hi;) {
        const ptrdiff_t middle = low + (*hi - low) / 2;
        if (p->keys[middle] <= greatest + reach) low = middle + 1; else *hi = middle;
    }
}

/// If all keys in reach are masked, gives them equal weights. Returns the number of these keys.
static float share_alike(const bert_attention_head *h, int32_t own, ptrdiff_t first, ptrdiff_t count, float *weights) {
    const bert_attention_positions *p = h->positions;
    ptrdiff_t seen = 0;
    for (ptrdiff_t j = 0; j < count; j++) {
        const ptrdiff_t distance = distance_of(own, p->keys[first + j]);
        const bool is_seen = p->reach < 0 || (distance <= p->reach && -distance <= p->reach);
        weights[j] = is_seen ? 1 : 0;
        seen += is_seen;
    }
    return (float)seen;
}

/// Computes the attention of `valid` ≤ QUERIES queries from row `row` on.
INLINE void attend_in_place(bool rounds, ptrdiff_t valid, const bert_attention_head *h, const position_terms *terms,
                            ptrdiff_t row, const float *packed_keys, const float *packed_values, float *scores,
                            ptrdiff_t lds, float *operands) {
    ptrdiff_t lo, hi;
    keys_in_reach(valid, h, terms, row, &lo, &hi);
    const ptrdiff_t base = lo / COLUMN_GROUP * COLUMN_GROUP;
    const ptrdiff_t group_end = (hi + COLUMN_GROUP - 1) / COLUMN_GROUP * COLUMN_GROUP;
    const ptrdiff_t end = group_end < h->keys ? group_end : h->keys;
    if (h->probabilities)
        for (ptrdiff_t i = 0; i < valid; i++)
            memset(h->probabilities + (row + i) * h->ldp, 0, (size_t)h->keys * sizeof(float));
    if (lo >= hi) {
        for (ptrdiff_t i = 0; i < valid; i++)
            memset(h->out + (row + i) * h->ldo, 0, (size_t)h->width * sizeof(float));
        return;
    }

    // Tiles are computed as a whole, so their first and last columns may be out of reach of all queries.
    const ptrdiff_t first = tile_start(h->keys, lo), last = tile_end(h->keys, lo, hi);
    const ptrdiff_t origin = first < base ? first : base;
    const float *q[QUERIES], *masks[QUERIES];
    vfloat tops[QUERIES];
    float factors[QUERIES] = {0};
    for (int i = 0; i < QUERIES; i++) {
        const ptrdiff_t at = i < valid ? i : valid - 1;
        q[i] = h->q + (row + at) * h->ldq;
        // Indexed by key.
        masks[i] = terms->additions + at * lds - origin;
        tops[i] = splat(-__builtin_inff());
    }
    if (terms->keys) {
        vfloat ignored[QUERIES] = {0};
        score_rows(false, QUERIES, h->width, q, NULL, terms->keys, 1, h->positions->rowCount, 0,
                   h->positions->rowCount, 0, terms->query_products, terms->ldp, ignored);
    }
    write_additions(valid, h, terms, row, first, last, origin, lds);
    if (rounds) {
        round_queries(valid, h, row, operands);
        for (int i = 0; i < QUERIES; i++) q[i] = operands + (i < valid ? i : valid - 1) * h->width;
    }
    score_rows(rounds, QUERIES, h->width, q, masks, packed_keys, h->scale, h->keys, lo, hi, origin, scores, lds, tops);

    for (ptrdiff_t i = 0; i < valid; i++) {
        float *weights = scores + i * lds - origin;
        for (ptrdiff_t j = base; j < first; j++) weights[j] = -__builtin_inff();
        for (ptrdiff_t j = last; j < end; j++) weights[j] = -__builtin_inff();
        float top = greatest_of_lanes(tops[i]);
        // All keys are masked. See softmax().
        if (top <= -__FLT_MAX__) top = 0;
        const bool rounds_later = rounds && h->probabilities;
        float sum = rounds && !rounds_later ? exponential_operands(end - base, top, weights + base)
                                            : exponentials(end - base, top, weights + base);
        if (sum == 0 && !h->zeroesMaskedRows) {
            sum = share_alike(h, h->positions->queries[row + i], base, end - base, weights + base);
            if (rounds && !rounds_later) round_weights(end - base, weights + base);
        }
        factors[i] = sum == 0 ? 0 : 1 / sum;
        if (h->dropout)
            dropout(h->dropout, h->first + (uint64_t)((row + i) * h->keys + base), end - base, weights + base,
                    weights + base);
        if (h->probabilities) {
            float *p = h->probabilities + (row + i) * h->ldp;
            memcpy(p + lo, weights + lo, (size_t)(hi - lo) * sizeof(float));
            scale_row(hi - lo, factors[i], p + lo);
        }
        if (rounds_later) round_weights(end - base, weights + base);
    }
    // Pairs begin at even keys. `base` is even.
    if (rounds) lo -= lo % 2;
    const ptrdiff_t stride = vectors_for(h->width) * LANES;
    const float *weights = scores + (base - origin) + (lo - base) / elements(rounds);
    value_rows(rounds, QUERIES, valid, h->width, hi - lo, weights, lds, packed_values + lo / elements(rounds) * stride,
               factors, h->out + row * h->ldo, h->ldo, false);
}
