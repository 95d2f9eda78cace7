// The kernels for AVX-512 (F, BW, DQ, VL) with the instructions for int8 (VNNI) and bfloat16 (BF16) products.

#if defined(__x86_64__)

#if defined(BERT_EMULATE_AVX512)
#include "Vector/EmulatedAVX512.h"
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#else
#include <immintrin.h>
#pragma clang attribute push(                                                                                         \
    __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16"))),                \
    apply_to = function)
#endif

#define LANES 16
#define VECTOR_AVX512
#define VECTOR_VNNI
#define VECTOR_BF16
#include "Vector/Attention.h"
#include "Vector/AttentionGradient.h"
#include "Vector/Convert.h"
#include "Vector/Products.h"
#include "Vector/Rows.h"
#include "Vector/Scan.h"

const bert_kernel_table bert_kernels_avx512bf16 = {
    .name = "avx512bf16", .multiplies_bfloat16 = true, BERT_KERNELS(BERT_ENTRY)};

bool bert_bfloats_are_summed_in_two_steps(void) {
    uint64_t state = 1;
    bool agrees = true;
    const floating_point_mode mode = zero_subnormals();
    for (int round = 0; round < 64; round++) {
        uint32_t words[3][LANES];
        for (int i = 0; i < 3 * LANES; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            // Numbers near 1. Every fourth round uses any numbers, including infinite and subnormal ones.
            const uint32_t word = (uint32_t)(state >> 32), near = i < 2 * LANES ? 0x3E003E00 : 0x3E000000;
            words[i / LANES][i % LANES] = round % 4 == 3 ? word : (word & ~(near | near << 1)) | near;
        }
        // Prevents the compiler from moving the computation before the change of the mode.
        __asm__ volatile("" : "+m"(words));
        const vuint x = (vuint)load((const float *)words[0]), w = (vuint)load((const float *)words[1]);
        vfloat sums = load((const float *)words[2]);
        const vfloat got = (vfloat)_mm512_dpbf16_ps((__m512)sums, (__m512bh)x, (__m512bh)w);
        sums = (vfloat)(x & 0xFFFF0000) * (vfloat)(w & 0xFFFF0000) + sums;
        sums = (vfloat)(x << 16) * (vfloat)(w << 16) + sums;
        for (int i = 0; i < LANES; i++)
            agrees &= bits(got)[i] == bits(sums)[i] || (got[i] != got[i] && sums[i] != sums[i]);
    }
    restore(mode);
    return agrees;
}

#pragma clang attribute pop

#endif
