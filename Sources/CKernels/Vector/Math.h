// Vectorized exponential, logarithm, tanh, erf, and the activations based on them.
//
// The most frequently computed polynomials are evaluated in pairs, which have shorter dependency chains than Horner's
// scheme. The coefficients are minimax fits (iteratively reweighted least squares against 40-digit values). Their
// relative errors in exact arithmetic are noted. Float rounding adds an ulp or two.

#pragma once

#include "Lanes.h"

/// Adding this rounds a float to an integer in its low bits: 1.5 · 2^23.
#define ROUNDER 12582912.0f
#define LOG2_E 1.44269504f
// ln 2 in two parts. The first part has few bits, so that its products with small integers are exact.
#define LN2_HIGH 0.693359375f
#define LN2_LOW -2.12194440e-4f

/// Returns p · 2^n for integers -252 ≤ n ≤ 254, given as floats and as integers.
INLINE vfloat scaled_by_power(vfloat p, vfloat n, vint integers) {
#if defined(VECTOR_AVX512)
    (void)integers;
    return (vfloat)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
    (void)n;
    const vint half = integers >> 1;
    return p * (vfloat)((half + 127) << 23) * (vfloat)((integers - half + 127) << 23);
#endif
}

/// Returns exp(x), including subnormal results and overflow to ∞. Fit: 3.1e-9 on |r| ≤ ln(2)/2.
INLINE vfloat exp_of(vfloat x) {
    x = at_most(at_least(x, splat(-105.0f)), splat(90.0f));
    const vfloat rounded = x * LOG2_E + ROUNDER;
    const vfloat n = rounded - ROUNDER;
    vfloat r = x - n * LN2_HIGH;
    r = r - n * LN2_LOW;
    vfloat p = r * 1.38143200e-3f + 8.36885112e-3f;
    p = p * r + 4.16684011e-2f;
    p = p * r + 1.66665195e-1f;
    p = p * r + 4.99999934e-1f;
    p = r * r * p + r;
    return scaled_by_power(p + 1.0f, n, bits(rounded) - 0x4B400000);
}

/// Returns exp(x) for x ≤ 0 with an error of 2e-7, or 0 for subnormal results. Fit: 1.1e-7 on |r| ≤ ln(2)/2.
INLINE vfloat exp_of_negative(vfloat x) {
    // For -88, the exponent field of the power of two is 0.
    x = choose(x < -87.33654f, splat(-88.0f), x);
    // Adding 127 makes the low bits the exponent field of 2^n.
    const vfloat rounded = x * LOG2_E + (ROUNDER + 127);
    const vfloat n = rounded - (ROUNDER + 127);
    const vfloat r = x - n * 0.693147182f, square = r * r;
    const vfloat p = (r * 8.31243047e-3f + 4.18909874e-2f) * square + (r * 1.66671182e-1f + 4.99992258e-1f);
    return (p * square + r + 1.0f) * (vfloat)(bits(rounded) << 23);
}

/// Returns ln(x). Fit: 5.8e-9 for the mantissa in [√½, √2].
INLINE vfloat log_of(vfloat x) {
    const vint subnormal = x < 0x1p-126f;
    const vfloat normal = choose(subnormal, x * 0x1p23f, x);
    // The exponent for a mantissa between √½ and √2.
    const vint exponent = (bits(normal) - 0x3F3504F3) >> 23;
    const vfloat f = (vfloat)(bits(normal) - (exponent << 23)) - 1.0f;
    const vfloat n = __builtin_convertvector(exponent - (subnormal & 23), vfloat);
    vfloat p = f * -7.63449302e-2f + 1.27615756e-1f;
    p = p * f - 1.31601831e-1f;
    p = p * f + 1.42017582e-1f;
    p = p * f - 1.66233573e-1f;
    p = p * f + 2.00012269e-1f;
    p = p * f - 2.50008210e-1f;
    p = p * f + 3.33333317e-1f;
    const vfloat square = f * f;
    vfloat y = square * f * p + n * LN2_LOW;
    y = y - square * 0.5f;
    y = n * LN2_HIGH + (y + f);
    y = choose(x == 0, splat(-__builtin_inff()), y);
    y = choose(x < 0, splat(__builtin_nanf("")), y);
    return choose((x != x) | (x == __builtin_inff()), x, y);
}

/// Returns the non-negative `y` with the sign of `x`.
INLINE vfloat with_sign_of(vfloat x, vfloat y) { return (vfloat)((bits(x) & INT32_MIN) | bits(y)); }

/// Returns erf(x): x + x P(x²) near 0 (fit 2.2e-8), and ±(1 - exp(P(|x|))) from 0.95 on (fit 1.6e-9, absolute).
INLINE vfloat erf_of(vfloat x) {
    const vfloat z = x * x;
    vfloat p = z * -5.86208212e-4f + 4.96750684e-3f;
    p = p * z - 2.67488643e-2f;
    p = p * z + 1.12813207e-1f;
    p = p * z - 3.76124459e-1f;
    p = p * z + 1.28379142e-1f;
    const vfloat near = x * p + x;

    const vfloat a = at_most(absolute(x), splat(4.05f));
    vfloat q = a * 1.97181669e-4f - 3.05560702e-3f;
    q = q * a + 2.22770850e-2f;
    q = q * a - 1.04037355e-1f;
    q = q * a - 6.37059758e-1f;
    q = q * a - 1.12774956e+0f;
    q = q * a - 1.77495334e-4f;
    return choose(a < 0.95f, near, with_sign_of(x, 1.0f - exp_of_negative(q)));
}

/// Returns tanh(x): x + x³ P(x²) near 0 (fit 4.8e-9), and ±(1 - e)/(1 + e) with e = exp(-2|x|) from 0.63 on.
INLINE vfloat tanh_of(vfloat x) {
    const vfloat z = x * x;
    vfloat p = z * -5.66696847e-3f + 2.06061680e-2f;
    p = p * z - 5.37300041e-2f;
    p = p * z + 1.33313310e-1f;
    p = p * z - 3.33332781e-1f;
    const vfloat near = x * (p * z) + x;

    const vfloat a = absolute(x), e = exp_of_negative(a * -2.0f);
    return choose(a < 0.63f, near, with_sign_of(x, (1.0f - e) / (1.0f + e)));
}

INLINE vfloat sigmoid_of(vfloat x) { return 1.0f / (1.0f + exp_of(-x)); }

/// Returns x · sigmoid(u). The first factor is bounded below, so that the result for -∞ is its limit 0 instead of -∞ ·
/// 0.
INLINE vfloat gated(vfloat x, vfloat u) { return at_least(x, splat(-1e3f)) / (1.0f + exp_of(-u)); }

/// Returns max(x, 0) - |x| Φ(-|x|), where ln(2 Φ(-a)) = a P(a). There is no cancellation in the negative tail. Fit:
/// 1.6e-8, absolute.
INLINE vfloat gelu_of(vfloat x) {
    const vfloat a = at_most(absolute(x), splat(10.5f)), square = a * a;
    const vfloat high = (a * -1.96502220e-6f + 2.72946345e-5f) * square + (a * -1.29050668e-4f - 9.49164262e-5f);
    const vfloat low = (a * 4.89598917e-3f - 3.63875778e-2f) * square + (a * -3.18298867e-1f - 7.97885327e-1f);
    const vfloat p = square * square * high + low;
    return at_least(x, splat(0)) - a * 0.5f * exp_of_negative(p * a);
}

INLINE vfloat gelu_tanh_of(vfloat x) {
    // (1 + tanh u)/2 is sigmoid(2u); 1.5957691 = 2√(2/π).
    return gated(x, x * 1.59576912f * (x * x * 0.044715f + 1.0f));
}

INLINE vfloat silu_of(vfloat x) { return gated(x, x); }

INLINE vfloat quick_gelu_of(vfloat x) { return gated(x, x * 1.702f); }

INLINE vfloat relu_of(vfloat x) { return at_least(x, splat(0)); }

INLINE vfloat identity_of(vfloat x) { return x; }

INLINE vfloat negative_of(vfloat x) { return -x; }

INLINE vfloat square_of(vfloat x) { return x * x; }

INLINE vfloat square_root_of(vfloat x) { return __builtin_elementwise_sqrt(x); }

INLINE vfloat reciprocal_of(vfloat x) { return 1.0f / x; }
