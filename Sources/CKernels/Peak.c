// Measures the peak performance of a core with multiplications and additions on registers only.

#include "Table.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The sum of a multiply-add is available after about four cycles, and up to two multiply-adds start in each cycle. With
// this many independent sums, the processor never has to wait for one.
enum { SUMS = 12 };

typedef float four_floats __attribute__((vector_size(16)));

/// Keeps a vector in a register, and hides its value from the compiler.
#if defined(__x86_64__)
#define KEEP(v) __asm__ volatile("" : "+x"(v))
#define KEEP_512(v) __asm__ volatile("" : "+v"(v))
#elif defined(__aarch64__)
#define KEEP(v) __asm__ volatile("" : "+w"(v))
#else
#define KEEP(v) __asm__ volatile("" : "+m"(v))
#endif

/// Adds products of `x` to each of the sums, `steps` times. Returns the number of multiplications and additions.
#define PEAK(name, target, vector, zero, step, keep, operations)                                                       \
    target static int64_t name(int64_t steps) {                                                                        \
        vector x = zero, sums[SUMS];                                                                                   \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i++) sums[i] = zero;                              \
        for (int64_t n = 0; n < steps; n++) {                                                                          \
            _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i++) {                                        \
                keep(x);                                                                                               \
                sums[i] = step(sums[i], x);                                                                            \
                keep(sums[i]);                                                                                         \
            }                                                                                                          \
        }                                                                                                              \
        return steps * SUMS * (operations);                                                                            \
    }

#pragma STDC FP_CONTRACT ON

#define STEP(s, x) ((x) * (x) + (s))
PEAK(float_128, , four_floats, (four_floats){0}, STEP, KEEP, 2 * 4)

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512bw")))
#define VNNI __attribute__((target("avx512f,avx512vnni")))
#define BF16 __attribute__((target("avx512f,avx512bf16")))

#define FLOAT_256(s, x) _mm256_fmadd_ps(x, x, s)
PEAK(float_256, AVX2, __m256, _mm256_setzero_ps(), FLOAT_256, KEEP, 2 * 8)
#define FLOAT_512(s, x) _mm512_fmadd_ps(x, x, s)
PEAK(float_512, AVX512, __m512, _mm512_setzero_ps(), FLOAT_512, KEEP_512, 2 * 16)

// Bytes without VNNI: pairs of products, sums of pairs, and a separate addition.
#define BYTES_256(s, x) _mm256_add_epi32(s, _mm256_madd_epi16(_mm256_maddubs_epi16(x, x), x))
PEAK(bytes_256, AVX2, __m256i, _mm256_setzero_si256(), BYTES_256, KEEP, 2 * 32)
#define BYTES_512(s, x) _mm512_add_epi32(s, _mm512_madd_epi16(_mm512_maddubs_epi16(x, x), x))
PEAK(bytes_512, AVX512, __m512i, _mm512_setzero_si512(), BYTES_512, KEEP_512, 2 * 64)
#define BYTES_VNNI(s, x) _mm512_dpbusd_epi32(s, x, x)
PEAK(bytes_vnni, VNNI, __m512i, _mm512_setzero_si512(), BYTES_VNNI, KEEP_512, 2 * 64)

#define BFLOAT_512(s, x) _mm512_dpbf16_ps(s, (__m512bh)(x), (__m512bh)(x))
PEAK(bfloat_512, BF16, __m512, _mm512_setzero_ps(), BFLOAT_512, KEEP_512, 2 * 32)
#endif

int64_t bert_peak(bert_product_type type, int64_t steps) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#if !defined(BERT_EMULATE_AVX512)
    if (type != BERT_PRODUCT_FLOAT32 && bert_has_tiles()) return bert_peak_of_tiles(type, steps);
#endif
    if (type == BERT_PRODUCT_INT8) {
        if (avx512 && __builtin_cpu_supports("avx512vnni")) return bytes_vnni(steps);
        if (avx512) return bytes_512(steps);
        if (avx2) return bytes_256(steps);
    }
    // On other processors, bfloat16 is widened, even if they have an instruction for it.
    if (type == BERT_PRODUCT_BFLOAT16 && avx512 && __builtin_cpu_supports("avx512bf16") && bert_bfloat16_is_fast())
        return bfloat_512(steps);
    if (avx512) return float_512(steps);
    if (avx2) return float_256(steps);
#endif
    (void)type;
    return float_128(steps);
}
