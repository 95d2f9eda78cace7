#ifndef BERT_COPENBLAS_H
#define BERT_COPENBLAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// What this package calls in OpenBLAS, declared by hand: its headers are not needed to build. Where they are installed,
// COpenBLAS.c compares the declarations with them. The functions are found at run time, by name.

/// `cblas_sgemm` of a library whose integers have 32 bits.
typedef void (*bert_openblas_sgemm32)(int order, int transposeA, int transposeB, int32_t m, int32_t n, int32_t k,
                                      float alpha, const float *a, int32_t lda, const float *b, int32_t ldb, float beta,
                                      float *c, int32_t ldc);

/// `cblas_sgemm` of a library built with 64-bit integers (`USE64BITINT`).
typedef void (*bert_openblas_sgemm64)(int order, int transposeA, int transposeB, int64_t m, int64_t n, int64_t k,
                                      float alpha, const float *a, int64_t lda, const float *b, int64_t ldb, float beta,
                                      float *c, int64_t ldc);

/// `openblas_get_config`, `openblas_get_corename`.
typedef char *_Nonnull (*bert_openblas_text)(void);

/// `openblas_get_num_threads`, `openblas_get_parallel`.
typedef int (*bert_openblas_number)(void);

/// `openblas_set_num_threads`.
typedef void (*bert_openblas_set_number)(int number);

/// The functions of an opened library.
typedef struct {
    /// Where `cblas_sgemm` is.
    void *sgemm;
    /// Whether its integers have 64 bits.
    bool wide;
    /// `omp_get_max_threads` and `omp_set_num_threads` of the OpenMP that it uses, if it does. Then each call is held at one
    /// thread, and the caller's setting is put back after it.
    bert_openblas_number _Nullable openMPThreads;
    bert_openblas_set_number _Nullable setOpenMPThreads;
} bert_openblas;

/// c [m, n] = alpha · op(a) · op(b) + beta · c, all row-major; op transposes an operand that is given as [k, m], or as
/// [n, k]. False, and nothing done, when a number does not fit the library's integers.
bool bert_openblas_multiply(const bert_openblas *library, bool transposeA, bool transposeB, ptrdiff_t m, ptrdiff_t n,
                            ptrdiff_t k, float alpha, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb,
                            float beta, float *c, ptrdiff_t ldc);

#pragma clang assume_nonnull end

#endif
