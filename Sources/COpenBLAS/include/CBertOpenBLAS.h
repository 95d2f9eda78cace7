#ifndef BERT_COPENBLAS_H
#define BERT_COPENBLAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// The parts of OpenBLAS that this package uses, declared by hand, so that its headers aren't needed to build. Where
// they are installed, HeaderCheck.c compares the declarations with them. The functions are looked up by name at run
// time.

/// `cblas_sgemm` of a library with 32-bit integers.
typedef void (*bert_openblas_sgemm32)(int order, int transposeA, int transposeB, int32_t m, int32_t n, int32_t k,
                                      float alpha, const float *a, int32_t lda, const float *b, int32_t ldb, float beta,
                                      float *c, int32_t ldc);

/// `cblas_sgemm` of a library with 64-bit integers (`USE64BITINT`).
typedef void (*bert_openblas_sgemm64)(int order, int transposeA, int transposeB, int64_t m, int64_t n, int64_t k,
                                      float alpha, const float *a, int64_t lda, const float *b, int64_t ldb, float beta,
                                      float *c, int64_t ldc);

/// `openblas_get_config` or `openblas_get_corename`.
typedef char *_Nonnull (*bert_openblas_text)(void);

/// `openblas_get_num_threads` or `openblas_get_parallel`.
typedef int (*bert_openblas_number)(void);

/// `openblas_set_num_threads`.
typedef void (*bert_openblas_set_number)(int number);

/// The functions of a loaded library.
typedef struct {
    /// The address of `cblas_sgemm`.
    void *sgemm;
    /// Whether `cblas_sgemm` takes 64-bit integers.
    bool wide;
    /// `omp_get_max_threads` and `omp_set_num_threads` of the OpenMP runtime, if the library uses one. Each call is
    /// then limited to one thread, and the caller's setting is restored afterward.
    bert_openblas_number _Nullable openMPThreads;
    bert_openblas_set_number _Nullable setOpenMPThreads;
} bert_openblas;

/// Computes c [m, n] = alpha · op(a) · op(b) + beta · c. All matrices are row-major. op transposes an operand that is
/// stored as [k, m] or [n, k]. Returns false, and does nothing, if a number doesn't fit the library's integers.
bool bert_openblas_multiply(const bert_openblas *library, bool transposeA, bool transposeB, ptrdiff_t m, ptrdiff_t n,
                            ptrdiff_t k, float alpha, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb,
                            float beta, float *c, ptrdiff_t ldc);

#pragma clang assume_nonnull end

#endif
