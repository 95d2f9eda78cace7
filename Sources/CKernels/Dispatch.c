#include <string.h>

#include "Table.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

/// All implementations in this binary, starting with the slowest.
static const bert_kernel_table *const tables[] = {
    &bert_kernels_plain,
    &bert_kernels_vector128,
#if defined(__x86_64__)
    &bert_kernels_avx2,
    &bert_kernels_avx512,
    &bert_kernels_avx512vnni,
    &bert_kernels_avx512bf16,
    &bert_kernels_amx,
#endif
};
enum { TABLES = sizeof tables / sizeof tables[0] };

#if defined(__x86_64__)
/// Linux saves tile registers only for processes that ask for it. It refuses if a signal stack of the process is too
/// small for them, and in versions before 5.16. The permission is requested once.
bool bert_has_tiles(void) {
#if defined(BERT_EMULATE_AVX512)
    return true;
#elif defined(__linux__)
    enum { UNKNOWN, NO, YES, TILES_BITS = 3 << 17, FEATURES = 1 << 22 | 1 << 24 | 1 << 25, SAVES_REGISTERS = 1 << 27 };
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    static int cached;
    int known = __atomic_load_n(&cached, __ATOMIC_ACQUIRE);
    if (known != UNKNOWN) return known == YES;
    known = NO;
    unsigned a, b, c, d, low, high;
    if (__get_cpuid(1, &a, &b, &c, &d) && c & SAVES_REGISTERS && __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
        (d & FEATURES) == FEATURES) {
        __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        const bool is_enabled = (low & TILES_BITS) == TILES_BITS;
        if (is_enabled && syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0) known = YES;
    }
    __atomic_store_n(&cached, known, __ATOMIC_RELEASE);
    return known == YES;
#else
    return false;
#endif
}
#endif

/// The builtins also check whether the operating system saves the wide registers.
static bool is_supported(const bert_kernel_table *table) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    if (table == &bert_kernels_avx2) return avx2;
#if defined(BERT_EMULATE_AVX512)
    bool avx512 = avx2, vnni = avx2, bf16 = avx2;
#else
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    bool vnni = __builtin_cpu_supports("avx512vnni"), bf16 = __builtin_cpu_supports("avx512bf16");
#endif
    if (table == &bert_kernels_avx512) return avx512;
    if (table == &bert_kernels_avx512vnni) return avx512 && vnni;
    if (table == &bert_kernels_avx512bf16) return avx512 && vnni && bf16;
    if (table == &bert_kernels_amx) return avx512 && vnni && bf16 && bert_has_tiles();
#endif
    (void)table;
    return true;
}

bool bert_bfloat16_is_fast(void) {
#if defined(BERT_EMULATE_AVX512)
    return true;
#elif defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_is("amd");
#else
    return false;
#endif
}

static bool is_slower_than_preceding(const bert_kernel_table *table) {
#if defined(__x86_64__)
    return table == &bert_kernels_avx512bf16 && !bert_bfloat16_is_fast();
#else
    (void)table;
    return false;
#endif
}

const bert_kernel_table *bert_kernels_best(void) {
    static const bert_kernel_table *cached;
    const bert_kernel_table *best = __atomic_load_n(&cached, __ATOMIC_ACQUIRE);
    if (best) return best;
    for (int i = 0; i < TABLES; i++)
        if (is_supported(tables[i]) && !is_slower_than_preceding(tables[i])) best = tables[i];
    // Concurrent threads find the same implementation.
    __atomic_store_n(&cached, best, __ATOMIC_RELEASE);
    return best;
}

const bert_kernel_table *bert_kernels_table(ptrdiff_t index) {
    for (int i = 0; i < TABLES; i++)
        if (is_supported(tables[i]) && index-- == 0) return tables[i];
    return NULL;
}

bool bert_bfloat16_is_portable(const bert_kernel_table *table) {
#if defined(__x86_64__)
    if (table == &bert_kernels_avx512bf16) return bert_bfloats_are_summed_in_two_steps();
    if (table == &bert_kernels_amx) return false;
#endif
    (void)table;
    return true;
}

// Functions that are the same for all instruction sets.

ptrdiff_t bert_gather_rows(ptrdiff_t rows, ptrdiff_t n, const float *table, ptrdiff_t ldt, ptrdiff_t tableRows,
                           const int32_t *indices, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        if (!bert_index_is_valid(indices[i], tableRows)) return i;
        if (n > 0) memcpy(y + i * ldy, table + indices[i] * ldt, (size_t)n * sizeof(float));
    }
    return -1;
}

ptrdiff_t bert_attention_scratch(ptrdiff_t queries, ptrdiff_t keys, ptrdiff_t width) {
    // A fixed number of queries is processed at a time: more of them with tiles, to whose size operands are padded.
    enum { LANES = 2 * BERT_ATTENTION_LANES, ROWS = BERT_TILE_QUERIES };
    (void)queries;
    ptrdiff_t paddedKeys, paddedWidth, columns, rows, floats;
    if (keys < 0 || width < 0 || __builtin_add_overflow(keys, LANES - 1, &paddedKeys) ||
        __builtin_add_overflow(width, LANES - 1, &paddedWidth))
        return -1;
    paddedKeys -= paddedKeys % LANES;
    paddedWidth -= paddedWidth % LANES;
    // Packed keys and values; for each query that is processed a row of scores, its weights, the query and its sums
    // (two of these in bfloat16); gaps between these rows; and padding for alignment.
    if (__builtin_mul_overflow(paddedWidth, (ptrdiff_t)2, &columns) ||
        __builtin_add_overflow(columns, (ptrdiff_t)ROWS * 3 / 2, &columns) ||
        __builtin_mul_overflow(columns, paddedKeys, &floats) ||
        __builtin_mul_overflow(paddedWidth, (ptrdiff_t)ROWS * 3 / 2, &rows) ||
        __builtin_add_overflow(floats, rows, &floats) ||
        __builtin_add_overflow(floats, (2 * ROWS + 1) * LANES, &floats))
        return -1;
    return floats;
}

ptrdiff_t bert_attention_gradient_scratch(ptrdiff_t keys, ptrdiff_t width) {
    const ptrdiff_t lanes = BERT_ATTENTION_LANES, block = BERT_GRADIENT_QUERIES;
    ptrdiff_t paddedKeys, paddedWidth, packed, scores, rows, floats;
    if (keys < 0 || width < 0 || __builtin_add_overflow(keys, 2 * lanes, &paddedKeys) ||
        __builtin_add_overflow(width, lanes, &paddedWidth))
        return -1;
    // Packed keys and values; probabilities, their gradients, and the transposes of both, with a row of factors; and
    // rows of the queries that are processed.
    if (__builtin_mul_overflow(paddedWidth, 3 * paddedKeys, &packed) ||
        __builtin_mul_overflow(paddedKeys, 4 * block + 1, &scores) ||
        __builtin_mul_overflow(paddedWidth, 2 * block, &rows) || __builtin_add_overflow(packed, scores, &floats) ||
        __builtin_add_overflow(floats, rows + lanes, &floats))
        return -1;
    return floats;
}

ptrdiff_t bert_attention_positions_scratch(ptrdiff_t keys, ptrdiff_t width, ptrdiff_t rowCount) {
    const ptrdiff_t lanes = BERT_ATTENTION_LANES, queries = BERT_ATTENTION_QUERIES;
    ptrdiff_t paddedKeys, paddedRows, tables, products, additions, floats;
    if (keys < 0 || width < 0 || rowCount < 0 || __builtin_add_overflow(keys, 2 * lanes, &paddedKeys) ||
        __builtin_add_overflow(rowCount, lanes, &paddedRows))
        return -1;
    // Two packed tables, the products of all keys and a few queries with their rows, and a row of additions for each
    // query that is processed.
    if (__builtin_mul_overflow(width, 2 * paddedRows, &tables) ||
        __builtin_mul_overflow(paddedKeys + 2 * queries, paddedRows, &products) ||
        __builtin_mul_overflow(paddedKeys, queries, &additions) || __builtin_add_overflow(tables, products, &floats) ||
        __builtin_add_overflow(floats, additions, &floats))
        return -1;
    return floats;
}
