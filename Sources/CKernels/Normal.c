// Normally distributed random numbers, for the initial values of parameters.

#include <math.h>
#include <string.h>

#include "include/CBertKernels.h"

// MARK: One at a time

enum { NUMBERS = 2 };
static const uint64_t STEP = 0x9E3779B97F4A7C15;

/// Returns number `index` of the sequence of SplitMix64 that starts after `state`.
static uint64_t splitmix(uint64_t state, uint64_t index) {
    uint64_t z = state + (index + 1) * STEP;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

/// Returns a number from 0 to 1 (exclusive) with 53 bits.
static double uniform(uint64_t bits) { return (double)(bits & 0x1FFFFFFFFFFFFF) * 0x1p-53; }

double bert_normal_number(uint64_t state, uint64_t index) {
    const double u = uniform(splitmix(state, NUMBERS * index)), v = uniform(splitmix(state, NUMBERS * index + 1));
    return sqrt(-2 * log(u > 0 ? u : 0x1p-1022)) * cos(2 * M_PI * v);
}

// MARK: Several at a time

// The logarithm and the cosine are polynomials with an error below 2^-46, so that the float32 results are almost always
// those of the functions of the C library. Numbers that could be rounded differently are computed again by these.

enum { WIDTH = 8 };
typedef double reals __attribute__((vector_size(8 * WIDTH)));
typedef uint64_t words __attribute__((vector_size(8 * WIDTH)));
typedef int64_t integers __attribute__((vector_size(8 * WIDTH)));

#define INLINE static inline __attribute__((always_inline))

// All functions with vectors are inlined, so their calling convention is irrelevant.
#pragma clang diagnostic ignored "-Wpsabi"

#pragma STDC FP_CONTRACT OFF

INLINE words mixed(words z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

/// Returns integers below 2^52 as floating-point numbers.
INLINE reals reals_of(words x) { return (reals)(x | 0x4330000000000000) - 0x1p52; }

/// Returns numbers from 0 to 1 (exclusive) with 53 bits.
INLINE reals uniforms(words bits) {
    const words low = bits & 0x1FFFFFFFFFFFFF;
    return reals_of(low >> 1) * 0x1p-52 + reals_of(low & 1) * 0x1p-53;
}

/// Returns `a` where a bit is set, and otherwise `b`.
INLINE reals chosen(integers mask, reals a, reals b) {
    return (reals)(((integers)a & mask) | ((integers)b & ~mask));
}

/// Returns ln x = e ln 2 + 2 artanh(f / (2 + f)), where x = 2^e (1 + f) and 1 + f is between √½ and √2.
INLINE reals logarithm(reals x) {
    const words shifted = (words)x - 0x3FE6A09E667F3BCD;
    // The exponent is negative or 0. Its bits are made positive for the shift and the conversion.
    const words exponent = (shifted + ((uint64_t)1024 << 52)) >> 52;
    const reals e = reals_of(exponent) - 1024, f = (reals)((words)x - ((exponent - 1024) << 52)) - 1;
    const reals s = f / (f + 2), z = s * s;
    reals sum = z * (1.0 / 21) + 1.0 / 19;
    sum = sum * z + 1.0 / 17;
    sum = sum * z + 1.0 / 15;
    sum = sum * z + 1.0 / 13;
    sum = sum * z + 1.0 / 11;
    sum = sum * z + 1.0 / 9;
    sum = sum * z + 1.0 / 7;
    sum = sum * z + 1.0 / 5;
    sum = sum * z + 1.0 / 3;
    return e * M_LN2 + (s * z * sum + s) * 2;
}

/// Returns the cosines of angles from 0 to 2π: the sines or cosines of their distances from the nearest multiples of
/// π/2.
INLINE reals cosine(reals angle) {
    // Adding 1.5 · 2^52 rounds to an integer.
    const reals shifted = angle * M_2_PI + 0x1.8p52, k = shifted - 0x1.8p52;
    const words quadrant = (words)shifted;
    // π/2 in three parts. The products with the first two are exact.
    const reals r = ((angle - k * 0x1.921fb544p0) - k * 0x1.0b4611a6p-34) - k * 0x1.3198a2e037073p-69;
    const reals z = r * r;
    reals even = z * (1.0 / 20922789888000) - 1.0 / 87178291200, odd = z * (-1.0 / 1307674368000) + 1.0 / 6227020800;
    even = even * z + 1.0 / 479001600;
    even = even * z - 1.0 / 3628800;
    even = even * z + 1.0 / 40320;
    even = even * z - 1.0 / 720;
    even = even * z + 1.0 / 24;
    even = (even * z - 0.5) * z + 1;
    odd = odd * z - 1.0 / 39916800;
    odd = odd * z + 1.0 / 362880;
    odd = odd * z - 1.0 / 5040;
    odd = odd * z + 1.0 / 120;
    odd = odd * z - 1.0 / 6;
    odd = odd * z * r + r;
    // cos(r), −sin(r), −cos(r), sin(r).
    const integers isOdd = -(integers)(quadrant & 1);
    const words sign = ((quadrant + 1) & 2) << 62;
    return (reals)((words)chosen(isOdd, odd, even) ^ sign);
}

INLINE void numbers(uint64_t state, uint64_t first, ptrdiff_t n, double range, float *y) {
    const words iota = {0, 1, 2, 3, 4, 5, 6, 7};
    for (ptrdiff_t done = 0; done < n; done += WIDTH) {
        const words at = ((first + (uint64_t)done + iota) * NUMBERS + 1) * STEP + state;
        const reals raw = uniforms(mixed(at)), least = {0}, u = chosen(raw > least, raw, least + 0x1p-1022);
        const reals angle = uniforms(mixed(at + STEP)) * (2 * M_PI);
        reals results = logarithm(u) * -2;
#pragma clang loop unroll(full)
        for (int i = 0; i < WIDTH; i++) results[i] = sqrt(results[i]);
        results = results * cosine(angle) * range;
        // Rounding to float32 discards 29 bits. Numbers near the middle between two floats are computed again.
        const words discarded = (words)results & 0x1FFFFFFF;
        const integers isUnsure = (discarded - (0x10000000 - 4096)) < 8192;
        const ptrdiff_t here = n - done < WIDTH ? n - done : WIDTH;
        int64_t unsure = 0;
        float rounded[WIDTH];
#pragma clang loop unroll(full)
        for (int i = 0; i < WIDTH; i++) {
            rounded[i] = (float)results[i];
            unsure |= isUnsure[i];
        }
        if (unsure)
            for (int i = 0; i < WIDTH; i++)
                if (isUnsure[i])
                    rounded[i] = (float)(bert_normal_number(state, first + (uint64_t)(done + i)) * range);
        memcpy(y + done, rounded, (size_t)here * sizeof(float));
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void numbers_avx2(uint64_t state, uint64_t first, ptrdiff_t n, double range,
                                                         float *y) {
    numbers(state, first, n, range, y);
}

__attribute__((target("avx512f,avx512dq,avx512vl"))) static void numbers_avx512(uint64_t state, uint64_t first,
                                                                                ptrdiff_t n, double range, float *y) {
    numbers(state, first, n, range, y);
}
#endif

void bert_normal_numbers(uint64_t state, uint64_t first, ptrdiff_t n, double range, float *y) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return numbers_avx512(state, first, n, range, y);
    if (__builtin_cpu_supports("avx2")) return numbers_avx2(state, first, n, range, y);
#endif
    numbers(state, first, n, range, y);
}
