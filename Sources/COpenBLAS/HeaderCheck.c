// Compares the hand-written declarations with OpenBLAS's headers where they are installed. Generates no code.

#include "CBertOpenBLAS.h"

#if __has_include(<cblas-openblas.h>)
#include <cblas-openblas.h>
#elif __has_include(<openblas/cblas.h>)
#include <openblas/cblas.h>
#elif __has_include(<openblas_config.h>) && __has_include(<cblas.h>)
#include <cblas.h>
#endif

// `cblas.h` may belong to another library. Only OpenBLAS defines these macros. An enumeration is passed as an `int`.
#if defined(OPENBLAS_CONST) && defined(OPENBLAS_THREAD)

#ifdef OPENBLAS_USE64BITINT
typedef int64_t integer;
#else
typedef int32_t integer;
#endif

_Static_assert(sizeof(enum CBLAS_ORDER) == sizeof(int), "CBLAS_ORDER is not passed as an int");
_Static_assert(sizeof(enum CBLAS_TRANSPOSE) == sizeof(int), "CBLAS_TRANSPOSE is not passed as an int");
_Static_assert(CblasRowMajor == 101 && CblasNoTrans == 111 && CblasTrans == 112, "CBLAS numbers its options otherwise");
_Static_assert(_Generic(&cblas_sgemm,
                   void (*)(enum CBLAS_ORDER, enum CBLAS_TRANSPOSE, enum CBLAS_TRANSPOSE, integer, integer, integer,
                            float, const float *, integer, const float *, integer, float, float *, integer): 1,
                   default: 0),
               "cblas_sgemm is declared otherwise");
_Static_assert(_Generic(&openblas_get_config, bert_openblas_text: 1, default: 0), "openblas_get_config");
_Static_assert(_Generic(&openblas_get_corename, bert_openblas_text: 1, default: 0), "openblas_get_corename");
_Static_assert(_Generic(&openblas_get_num_threads, bert_openblas_number: 1, default: 0), "openblas_get_num_threads");
_Static_assert(_Generic(&openblas_get_parallel, bert_openblas_number: 1, default: 0), "openblas_get_parallel");
_Static_assert(_Generic(&openblas_set_num_threads, bert_openblas_set_number: 1, default: 0),
               "openblas_set_num_threads");

#endif
