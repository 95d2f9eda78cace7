#ifndef BERT_TABLE_H
#define BERT_TABLE_H

#include <string.h>

#include "CBertKernelTable.h"

/// Whether the processor counts the bits of AVX-512 vectors (AVX512_VPOPCNTDQ).
bool bert_counts_vector_bits(void);

/// scan_planes with AVX512_VPOPCNTDQ.
void bert_scan_planes_of_vectors(ptrdiff_t rows, ptrdiff_t bytes, const uint8_t *x, ptrdiff_t ldx, ptrdiff_t queries,
                                 const uint64_t *q, uint32_t *y, ptrdiff_t ldy);

/// scan_planes for a processor that counts the bits of words.
static inline __attribute__((always_inline)) void bert_scan_planes_of_words(
    ptrdiff_t rows, ptrdiff_t bytes, const uint8_t *x, ptrdiff_t ldx, ptrdiff_t queries, const uint64_t *q, uint32_t *y,
    ptrdiff_t ldy) {
    const ptrdiff_t words = (bytes + 7) / 8;
    for (ptrdiff_t i = 0; i < rows; i++) {
        const uint8_t *row = x + i * ldx;
        for (ptrdiff_t j = 0; j < queries; j++) {
            const uint64_t *signs = q + j * (1 + BERT_SCAN_PLANES) * words;
            uint32_t sum = 0;
            for (ptrdiff_t w = 0; w < words; w++) {
                uint64_t word = 0;
                if (bytes - 8 * w >= 8)
                    memcpy(&word, row + 8 * w, 8);
                else
                    memcpy(&word, row + 8 * w, (size_t)(bytes - 8 * w));
                word ^= signs[w];
                for (int p = 0; p < BERT_SCAN_PLANES; p++)
                    sum += (uint32_t)__builtin_popcountll(word & signs[(1 + p) * words + w]) << p;
            }
            y[i * ldy + j] = sum;
        }
    }
}

/// A table entry whose kernel is a static function with a name of `BERT_KERNELS`.
#define BERT_ENTRY(name) .name = name,

#define BERT_COUNT(name) +1
_Static_assert(
    offsetof(bert_kernel_table, unary) + (BERT_KERNELS(BERT_COUNT)) * sizeof(void (*)(void)) == sizeof(bert_kernel_table),
    "BERT_KERNELS has all kernels of the table");
#undef BERT_COUNT

extern const bert_kernel_table bert_kernels_plain, bert_kernels_vector128;
#if defined(__x86_64__)
extern const bert_kernel_table bert_kernels_avx2, bert_kernels_avx512, bert_kernels_avx512vnni, bert_kernels_avx512bf16,
    bert_kernels_amx;

/// Returns whether `vdpbf16ps` gives the same results for a thousand inputs as two fused multiply-adds, the first of
/// which uses the second product. This is the case on Intel Xeon processors, but the instruction's documentation
/// doesn't guarantee it.
bool bert_bfloats_are_summed_in_two_steps(void);

/// Returns whether the processor has AMX with int8 and bfloat16, and the system lets this process use it.
bool bert_has_tiles(void);

/// Multiplies tiles in registers for `bert_peak`, in int8 or bfloat16, on a processor with AMX.
int64_t bert_peak_of_tiles(bert_product_type type, int64_t steps);
#endif

/// Returns whether a row index is in the bounds of a table with `rows` rows.
static inline bool bert_index_is_valid(int32_t index, ptrdiff_t rows) {
    return index >= 0 && index < rows;
}

/// Returns the first of `rows` output rows with an index out of the table's bounds, or `rows` if there is none.
static inline ptrdiff_t bert_first_invalid_row(ptrdiff_t rows, const bert_lookup *lookups, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t t = 0; t < count; t++)
            if (!bert_index_is_valid(lookups[t].indices ? lookups[t].indices[i] : 0, lookups[t].rows)) return i;
    return rows;
}

/// The maximum number of lanes, and the maximum number of queries that attention processes at a time, on all
/// instruction sets.
enum { BERT_ATTENTION_LANES = 16, BERT_ATTENTION_QUERIES = 8 };

/// The number of queries that attention with tiles processes at a time.
enum { BERT_TILE_QUERIES = 32 };

/// The number of queries in a block of an attention gradient. It is a multiple of the number of lanes, and of the
/// number of queries processed at a time, on all instruction sets.
enum { BERT_GRADIENT_QUERIES = 48 };

#endif
