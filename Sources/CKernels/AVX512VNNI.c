// The kernels for AVX-512 (F, BW, DQ, VL) with VNNI, its instructions for products of bytes.

#if defined(__x86_64__)

#if defined(BERT_EMULATE_AVX512)
#include "Vector/EmulatedAVX512.h"
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#else
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), \
                             apply_to = function)
#endif

#define LANES 16
#define VECTOR_AVX512
#define VECTOR_VNNI
#include "Vector/Attention.h"
#include "Vector/AttentionGradient.h"
#include "Vector/Convert.h"
#include "Vector/Products.h"
#include "Vector/Rows.h"
#include "Vector/Scan.h"

const bert_kernel_table bert_kernels_avx512vnni = {.name = "avx512vnni", BERT_KERNELS(BERT_ENTRY)};

#pragma clang attribute pop

#endif
