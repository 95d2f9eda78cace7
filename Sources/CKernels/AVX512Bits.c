// The kernel that counts bits with AVX512_VPOPCNTDQ, which processors with and without VNNI or bfloat16 have.

#if defined(__x86_64__)

#include <immintrin.h>

#include "Table.h"

bool bert_counts_vector_bits(void) { return __builtin_cpu_supports("avx512vpopcntdq"); }

/// The number of rows whose sums are computed together.
enum { ROWS = 4 };

__attribute__((target("avx512f,avx512bw,avx512vpopcntdq"))) void bert_scan_planes_of_vectors(
    ptrdiff_t rows, ptrdiff_t bytes, const uint8_t *x, ptrdiff_t ldx, ptrdiff_t queries, const uint64_t *q, uint32_t *y,
    ptrdiff_t ldy) {
    const ptrdiff_t words = (bytes + 7) / 8;
    for (ptrdiff_t j = 0; j < queries; j++) {
        const uint64_t *query = q + j * (1 + BERT_SCAN_PLANES) * words;
        for (ptrdiff_t i = 0; i < rows; i += ROWS) {
            const int count = rows - i < ROWS ? (int)(rows - i) : ROWS;
            __m512i sums[ROWS];
            for (int r = 0; r < ROWS; r++) sums[r] = _mm512_setzero_si512();
            for (ptrdiff_t w = 0; w < words; w += 8) {
                const ptrdiff_t left = bytes - 8 * w;
                const __mmask64 ofRow = left < 64 ? ((__mmask64)1 << left) - 1 : ~(__mmask64)0;
                const __mmask8 ofQuery = words - w < 8 ? (__mmask8)((1 << (words - w)) - 1) : 0xFF;
                const __m512i signs = _mm512_maskz_loadu_epi64(ofQuery, query + w);
                __m512i planes[BERT_SCAN_PLANES];
                for (int p = 0; p < BERT_SCAN_PLANES; p++)
                    planes[p] = _mm512_maskz_loadu_epi64(ofQuery, query + (1 + p) * words + w);
                for (int r = 0; r < ROWS; r++) {
                    if (r >= count) break;
                    const __m512i row = _mm512_maskz_loadu_epi8(ofRow, x + (i + r) * ldx + 8 * w);
                    const __m512i other = _mm512_xor_si512(row, signs);
                    __m512i sum = _mm512_popcnt_epi64(_mm512_and_si512(other, planes[BERT_SCAN_PLANES - 1]));
                    for (int p = BERT_SCAN_PLANES - 2; p >= 0; p--)
                        sum = _mm512_add_epi64(
                            _mm512_add_epi64(sum, sum), _mm512_popcnt_epi64(_mm512_and_si512(other, planes[p])));
                    sums[r] = _mm512_add_epi64(sums[r], sum);
                }
            }
            for (int r = 0; r < count; r++) y[(i + r) * ldy + j] = (uint32_t)_mm512_reduce_add_epi64(sums[r]);
        }
    }
}

#endif
