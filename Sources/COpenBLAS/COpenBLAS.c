#include "CBertOpenBLAS.h"

enum { rowMajor = 101, asGiven = 111, transposed = 112 };

static bool fits(ptrdiff_t number) { return number >= 0 && number <= INT32_MAX; }

static void multiply(const bert_openblas *library, bool transposeA, bool transposeB, ptrdiff_t m, ptrdiff_t n,
                     ptrdiff_t k, float alpha, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb, float beta,
                     float *c, ptrdiff_t ldc) {
    const int opA = transposeA ? transposed : asGiven;
    const int opB = transposeB ? transposed : asGiven;
    if (library->wide) {
        ((bert_openblas_sgemm64)library->sgemm)(rowMajor, opA, opB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    } else {
        ((bert_openblas_sgemm32)library->sgemm)(rowMajor, opA, opB, (int32_t)m, (int32_t)n, (int32_t)k, alpha, a,
                                                (int32_t)lda, b, (int32_t)ldb, beta, c, (int32_t)ldc);
    }
}

bool bert_openblas_multiply(const bert_openblas *library, bool transposeA, bool transposeB, ptrdiff_t m, ptrdiff_t n,
                            ptrdiff_t k, float alpha, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb,
                            float beta, float *c, ptrdiff_t ldc) {
    if (!library->wide && !(fits(m) && fits(n) && fits(k) && fits(lda) && fits(ldb) && fits(ldc))) return false;
    const bool usesOpenMP = library->openMPThreads != NULL && library->setOpenMPThreads != NULL;
    const int threads = usesOpenMP ? library->openMPThreads() : 1;
    if (threads != 1) library->setOpenMPThreads(1);
    multiply(library, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    if (threads != 1) library->setOpenMPThreads(threads);
    return true;
}
