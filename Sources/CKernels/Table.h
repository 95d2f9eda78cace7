#ifndef BERT_TABLE_H
#define BERT_TABLE_H

#include "CBertKernelTable.h"

/// An entry of a table whose kernels are static functions with the names of `BERT_KERNELS`.
#define BERT_ENTRY(name, result, parameters, arguments) .name = name,

extern const bert_kernel_table bert_kernels_plain, bert_kernels_vector128;
#if defined(__x86_64__)
extern const bert_kernel_table bert_kernels_avx2, bert_kernels_avx512, bert_kernels_avx512vnni;
#endif

/// Whether a row index lies inside a table of `rows` rows.
static inline bool bert_index_is_valid(int32_t index, ptrdiff_t rows) {
    return index >= 0 && index < rows;
}

/// The first of `rows` output rows with an index outside its table; `rows` when there is none.
static inline ptrdiff_t bert_first_invalid_row(ptrdiff_t rows, const bert_lookup *lookups, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t t = 0; t < count; t++)
            if (!bert_index_is_valid(lookups[t].indices ? lookups[t].indices[i] : 0, lookups[t].rows)) return i;
    return rows;
}

/// The greatest vector, and the most queries at a time, that an attention works with on any instruction set.
enum { BERT_ATTENTION_LANES = 16, BERT_ATTENTION_QUERIES = 8 };

/// The queries that a gradient of attention works on before keys and values get theirs: a multiple of what any instruction set
/// takes at a time, and of its vectors.
enum { BERT_GRADIENT_QUERIES = 48 };

#endif
