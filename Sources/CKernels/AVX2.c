// The kernels for AVX2 with FMA and F16C.

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define LANES 8
#define VECTOR_AVX2
#include "Vector/Attention.h"
#include "Vector/AttentionGradient.h"
#include "Vector/Convert.h"
#include "Vector/Products.h"
#include "Vector/Rows.h"
#include "Vector/Scan.h"

const bert_kernel_table bert_kernels_avx2 = {.name = "avx2", BERT_KERNELS(BERT_ENTRY)};

#pragma clang attribute pop

#endif
