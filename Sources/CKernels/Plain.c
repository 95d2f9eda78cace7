// The kernels in scalar C, used as a reference for the others, and on processors without a better implementation.

#include <float.h>
#include <math.h>
#include <string.h>

#include "Table.h"

// MARK: Elementwise

static float sigmoid(float x) { return 1 / (1 + expf(-x)); }

/// Returns x / (1 + exp(-u)), which is x · sigmoid(u), with the limit 0 for x = -∞.
static float gated(float x, float u) { return x == -INFINITY ? -0.0f : x / (1 + expf(-u)); }

static float unary_of(bert_unary_op op, float x) {
    switch (op) {
        case BERT_UNARY_NEGATE: return -x;
        case BERT_UNARY_ABS: return fabsf(x);
        case BERT_UNARY_SQUARE: return x * x;
        case BERT_UNARY_SQRT: return sqrtf(x);
        case BERT_UNARY_RECIPROCAL: return 1 / x;
        case BERT_UNARY_EXP: return expf(x);
        case BERT_UNARY_LOG: return logf(x);
        case BERT_UNARY_TANH: return tanhf(x);
        case BERT_UNARY_ERF: return erff(x);
        case BERT_UNARY_SIGMOID: return sigmoid(x);
        case BERT_UNARY_RELU: return x < 0 ? 0 : x;
        case BERT_UNARY_GELU: return x == -INFINITY ? -0.0f : 0.5f * x * (1 + erff(x * 0.707106781f));
        case BERT_UNARY_GELU_TANH: return gated(x, 1.59576912f * x * (1 + 0.044715f * x * x));
        case BERT_UNARY_SILU: return gated(x, x);
        case BERT_UNARY_QUICK_GELU: return gated(x, 1.702f * x);
        case BERT_UNARY_IDENTITY: break;
    }
    return x;
}

static void unary(bert_unary_op op, ptrdiff_t n, const float *x, float *y) {
    for (ptrdiff_t j = 0; j < n; j++) y[j] = unary_of(op, x[j]);
}

static void bias_unary(bert_unary_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *bias,
                       float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < n; j++) y[i * ldy + j] = unary_of(op, x[i * ldx + j] + (bias ? bias[j] : 0));
}

static float greater(float a, float b) { return a != a || a > b ? a : b; }

static float lesser(float a, float b) { return a != a || a < b ? a : b; }

static float binary_of(bert_binary_op op, float a, float b) {
    switch (op) {
        case BERT_BINARY_ADD: return a + b;
        case BERT_BINARY_SUBTRACT: return a - b;
        case BERT_BINARY_MULTIPLY: return a * b;
        case BERT_BINARY_DIVIDE: return a / b;
        case BERT_BINARY_MAXIMUM: return greater(a, b);
        case BERT_BINARY_MINIMUM: return lesser(a, b);
    }
    return a;
}

static void binary(bert_binary_op op, ptrdiff_t rows, ptrdiff_t n, const float *a, ptrdiff_t lda, ptrdiff_t stepa,
                   const float *b, ptrdiff_t ldb, ptrdiff_t stepb, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < n; j++)
            y[i * ldy + j] = binary_of(op, a[i * lda + j * stepa], b[i * ldb + j * stepb]);
}

static void bias_residual(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *bias,
                          const float *residual, ptrdiff_t ldr, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < n; j++)
            y[i * ldy + j] = x[i * ldx + j] + (bias ? bias[j] : 0) + residual[i * ldr + j];
}

// MARK: Rows

/// Normalizes a row in place.
static void normalize_row(ptrdiff_t n, const float *gamma, const float *beta, float eps, float *y) {
    double sum = 0, squares = 0;
    for (ptrdiff_t j = 0; j < n; j++) sum += y[j];
    const double mean = sum / (double)n;
    for (ptrdiff_t j = 0; j < n; j++) squares += (y[j] - mean) * (y[j] - mean);
    const double scale = 1 / sqrt(squares / (double)n + eps);
    for (ptrdiff_t j = 0; j < n; j++)
        y[j] = (float)((y[j] - mean) * scale) * (gamma ? gamma[j] : 1) + (beta ? beta[j] : 0);
}

static void layer_norm(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *bias,
                       const float *residual, ptrdiff_t ldr, const float *gamma, const float *beta, float eps, float *y,
                       ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        for (ptrdiff_t j = 0; j < n; j++)
            y[i * ldy + j] = x[i * ldx + j] + (bias ? bias[j] : 0) + (residual ? residual[i * ldr + j] : 0);
        normalize_row(n, gamma, beta, eps, y + i * ldy);
    }
}

/// Replaces a row of scores by their softmax. If all scores are masked by −∞ or the lowest number, the result is
/// uniform, or zeros if `zeroes`.
static void softmax_row_or_zeros(ptrdiff_t n, bool zeroes, float *y) {
    float top = -INFINITY, sum = 0;
    for (ptrdiff_t j = 0; j < n; j++) top = greater(top, y[j]);
    // All elements are masked, by −∞ or the lowest number. The result is then uniform, or NaN if an element is NaN.
    if (top <= -__FLT_MAX__) top = 0;
    for (ptrdiff_t j = 0; j < n; j++) {
        const float t = y[j] - top;
        y[j] = t < -87.0f ? 0 : expf(t);
        sum += y[j];
    }
    for (ptrdiff_t j = 0; j < n; j++) y[j] = sum != 0 ? y[j] / sum : zeroes ? 0 : 1 / (float)n;
}

static void softmax_row(ptrdiff_t n, float *y) { softmax_row_or_zeros(n, false, y); }

static void softmax(ptrdiff_t rows, ptrdiff_t n, float scale, const float *x, ptrdiff_t ldx, const float *mask,
                    ptrdiff_t ldm, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        for (ptrdiff_t j = 0; j < n; j++) y[i * ldy + j] = scale * x[i * ldx + j] + (mask ? mask[i * ldm + j] : 0);
        softmax_row(n, y + i * ldy);
    }
}

static void l2_normalize(ptrdiff_t rows, ptrdiff_t n, float eps, const float *x, ptrdiff_t ldx, float *y,
                         ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        float squares = 0;
        for (ptrdiff_t j = 0; j < n; j++) squares += x[i * ldx + j] * x[i * ldx + j];
        const float norm = greater(sqrtf(squares), eps);
        for (ptrdiff_t j = 0; j < n; j++) y[i * ldy + j] = x[i * ldx + j] / norm;
    }
}

/// Reduces `n` numbers with a distance of `step`.
static float reduced(bert_reduce_op op, ptrdiff_t n, const float *x, ptrdiff_t step) {
    float top = -INFINITY;
    double sum = 0;
    for (ptrdiff_t j = 0; j < n; j++) {
        top = greater(top, x[j * step]);
        sum += x[j * step];
    }
    switch (op) {
        case BERT_REDUCE_SUM: break;
        case BERT_REDUCE_MEAN: return n > 0 ? (float)(sum / (double)n) : 0;
        case BERT_REDUCE_MAX: return top;
    }
    return (float)sum;
}

static void reduce_rows(bert_reduce_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y) {
    for (ptrdiff_t j = 0; j < n; j++) y[j] = reduced(op, rows, x + j, ldx);
}

static void reduce_columns(bert_reduce_op op, ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y) {
    for (ptrdiff_t i = 0; i < rows; i++) y[i] = reduced(op, n, x + i * ldx, 1);
}

static ptrdiff_t embed(ptrdiff_t rows, ptrdiff_t n, const bert_lookup *lookups, ptrdiff_t count, const float *gamma,
                       const float *beta, float eps, float *y, ptrdiff_t ldy) {
    const ptrdiff_t valid = bert_first_invalid_row(rows, lookups, count);
    for (ptrdiff_t i = 0; i < valid; i++) {
        for (ptrdiff_t j = 0; j < n; j++) {
            float sum = 0;
            for (ptrdiff_t t = 0; t < count; t++)
                sum += lookups[t].table[(lookups[t].indices ? lookups[t].indices[i] : 0) * n + j];
            y[i * ldy + j] = sum;
        }
        normalize_row(n, gamma, beta, eps, y + i * ldy);
    }
    return valid < rows ? valid : -1;
}

// MARK: Integers

/// Returns whether numbers of this size can be quantized. If not, the scale is 0 or NaN.
static bool has_factor(float size, float steps, float *scale) {
    const bool is_finite = size <= FLT_MAX, is_tiny = size < 0x1p-119f;
    *scale = !is_finite ? NAN : is_tiny ? 0 : size / steps;
    return is_finite && !is_tiny;
}

static void quantize(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, uint8_t *q, ptrdiff_t ldq,
                     float *scales, int32_t *zeros) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        float low = 0, high = 0;
        for (ptrdiff_t j = 0; j < n; j++) {
            low = lesser(low, x[i * ldx + j]);
            high = greater(high, x[i * ldx + j]);
        }
        const float range = high - low;
        const bool is_sound = has_factor(range, 255, &scales[i]);
        const float factor = is_sound ? 255 / range : 0;
        zeros[i] = is_sound ? (int32_t)rintf(-low * factor) : 0;
        for (ptrdiff_t j = 0; j < n; j++) {
            const int32_t integer = is_sound ? (int32_t)rintf(x[i * ldx + j] * factor) + zeros[i] : 0;
            q[i * ldq + j] = (uint8_t)(integer < 255 ? integer : 255);
        }
    }
}

/// Returns the magnitude of the sum of one or two weights with the given sign.
static float sum_of_two(ptrdiff_t n, const float *w, float sign) {
    float sum = 0;
    for (ptrdiff_t j = 0; j < n && j < 2; j++) sum += w[j] * sign < 0 ? 0 : w[j];
    return fabsf(sum);
}

static void quantize_weights(ptrdiff_t rows, ptrdiff_t n, const float *w, ptrdiff_t ldw, int8_t *q, ptrdiff_t ldq,
                             float *scales) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float *row = w + i * ldw;
        float top = 0;
        for (ptrdiff_t j = 0; j < n; j += 2)
            top = greater(top, greater(sum_of_two(n - j, row + j, 1), sum_of_two(n - j, row + j, -1)));
        const bool is_sound = has_factor(top, 127, &scales[i]);
        const float factor = is_sound ? 127 / top : 0;
        for (ptrdiff_t j = 0; j < n; j++) q[i * ldq + j] = (int8_t)(is_sound ? rintf(row[j] * factor) : 0);
    }
}

static void dequantize(bert_unary_op op, ptrdiff_t rows, ptrdiff_t n, const int32_t *sums, ptrdiff_t lds,
                       const float *rowScales, const int32_t *zeros, const float *columnScales,
                       const int32_t *columnSums, const float *bias, const float *residual, ptrdiff_t ldr, float *y,
                       ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < n; j++) {
            const int32_t sum = sums[i * lds + j] - zeros[i] * columnSums[j];
            const float product = (float)sum * (rowScales[i] * columnScales[j]);
            y[i * ldy + j] = unary_of(op, product + (bias ? bias[j] : 0)) + (residual ? residual[i * ldr + j] : 0);
        }
}

// MARK: Conversions

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void float_from_half(ptrdiff_t n, const uint16_t *x, float *y) {
    for (ptrdiff_t j = 0; j < n; j++) {
        const uint32_t sign = (uint32_t)(x[j] & 0x8000) << 16, exponent = x[j] >> 10 & 31, fraction = x[j] & 0x3FF;
        if (exponent == 31)
            y[j] = float_of(sign | 0x7F800000 | fraction << 13 | (fraction ? 0x00400000 : 0));
        else if (exponent == 0)  // A multiple of 2^-24.
            y[j] = float_of(sign | bits_of((float)fraction * 0x1p-24f));
        else
            y[j] = float_of(sign | (exponent + 112) << 23 | fraction << 13);
    }
}

static void half_from_float(ptrdiff_t n, const float *x, uint16_t *y) {
    for (ptrdiff_t j = 0; j < n; j++) {
        const uint32_t bits = bits_of(x[j]), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7FFFFFFF;
        uint32_t half;
        if (magnitude > 0x7F800000)
            half = 0x7E00 | (magnitude >> 13 & 0x3FF);
        else if (magnitude >= 0x477FF000)  // 65520 and more round to infinity.
            half = 0x7C00;
        else if (magnitude < 0x38800000)  // Below 2^-14: adding 1/2 rounds to a multiple of 2^-24.
            half = bits_of(float_of(magnitude) + 0.5f) - 0x3F000000;
        else
            half = (magnitude - (112 << 23) + 0xFFF + (magnitude >> 13 & 1)) >> 13;
        y[j] = (uint16_t)(sign | half);
    }
}

static void float_from_bfloat(ptrdiff_t n, const uint16_t *x, float *y) {
    for (ptrdiff_t j = 0; j < n; j++) y[j] = float_of((uint32_t)x[j] << 16);
}

static void bfloat_from_float(ptrdiff_t n, const float *x, uint16_t *y) {
    for (ptrdiff_t j = 0; j < n; j++) {
        const uint32_t bits = bits_of(x[j]);
        const bool is_nan = (bits & 0x7FFFFFFF) > 0x7F800000;
        y[j] = (uint16_t)(is_nan ? bits >> 16 | 0x40 : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
}

// MARK: Products with packed weights

// A panel is a column of consecutive floats, bfloat16 numbers or integers.

static ptrdiff_t panel_columns(bert_product_type type) { return (void)type, 1; }

static ptrdiff_t tile_rows(bert_product_type type) { return (void)type, 1; }

static ptrdiff_t panel_size(bert_product_type type, ptrdiff_t inner) {
    return inner * (type == BERT_PRODUCT_FLOAT32 ? 4 : type == BERT_PRODUCT_BFLOAT16 ? 2 : 1);
}

static void pack_panel(bert_product_type type, ptrdiff_t inner, ptrdiff_t columns, const float *w, ptrdiff_t step,
                       ptrdiff_t ldw, void *packed, float *scales, int32_t *sums) {
    (void)columns, (void)ldw;
    if (type == BERT_PRODUCT_INT8) {
        int8_t *integers = packed;
        quantize_weights(1, inner, w, inner, integers, inner, scales);
        *sums = 0;
        for (ptrdiff_t k = 0; k < inner; k++) *sums += integers[k];
    } else {
        for (ptrdiff_t k = 0; k < inner; k++)
            if (type == BERT_PRODUCT_BFLOAT16)
                bfloat_from_float(1, w + k * step, (uint16_t *)packed + k);
            else
                ((float *)packed)[k] = w[k * step];
    }
}

static ptrdiff_t multiply_scratch(bert_product_type type, ptrdiff_t rows, ptrdiff_t inner) {
    (void)rows;
    return inner * (type == BERT_PRODUCT_FLOAT32 ? 0 : type == BERT_PRODUCT_BFLOAT16 ? 2 : 1);
}

/// Returns the dot product of a row and a column of bfloat16 numbers.
static float dot_of_bfloats(ptrdiff_t inner, const uint16_t *input, const uint16_t *weights) {
    float sum = 0;
    for (ptrdiff_t k = 0; k < inner; k++) {
        float x, w;
        float_from_bfloat(1, input + k, &x);
        float_from_bfloat(1, weights + k, &w);
        sum += x * w;
    }
    return sum;
}

static void multiply(const bert_product *p, void *scratch) {
    const ptrdiff_t size = panel_size(p->type, p->inner);
    for (ptrdiff_t i = 0; i < p->rows; i++) {
        const float *x = p->x + i * p->ldx;
        float scale = 0;
        int32_t zero = 0;
        if (p->type == BERT_PRODUCT_BFLOAT16) bfloat_from_float(p->inner, x, scratch);
        if (p->type == BERT_PRODUCT_INT8) quantize(1, p->inner, x, p->inner, scratch, p->inner, &scale, &zero);
        for (ptrdiff_t j = 0; j < p->columns; j++) {
            const void *weights = (const char *)p->weights + j * size;
            float sum = 0;
            if (p->type == BERT_PRODUCT_FLOAT32)
                for (ptrdiff_t k = 0; k < p->inner; k++) sum += x[k] * ((const float *)weights)[k];
            if (p->type == BERT_PRODUCT_BFLOAT16) sum = dot_of_bfloats(p->inner, scratch, weights);
            if (p->type == BERT_PRODUCT_INT8) {
                int32_t integer = -zero * p->columnSums[j];
                for (ptrdiff_t k = 0; k < p->inner; k++)
                    integer += ((const uint8_t *)scratch)[k] * ((const int8_t *)weights)[k];
                sum = (float)integer * (scale * p->columnScales[j]);
            }
            const float y = unary_of(p->activation, p->scale * sum + (p->bias ? p->bias[j] : 0));
            p->y[i * p->ldy + j] = y + (p->residual ? p->residual[i * p->ldr + j] : 0);
        }
    }
}

// MARK: Training

/// Philox 4×32-10.
static void philox(const bert_dropout_mask *d, uint32_t block, uint32_t c[4]) {
    uint32_t k[2] = {d->seedLow, d->seedHigh};
    c[0] = block, c[1] = d->site, c[2] = d->step, c[3] = 4;
    for (int round = 0; round < 10; round++) {
        const uint64_t a = (uint64_t)c[0] * 0xD2511F53, b = (uint64_t)c[2] * 0xCD9E8D57;
        const uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ k[0], (uint32_t)b, (uint32_t)(a >> 32) ^ c[3] ^ k[1],
                                  (uint32_t)a};
        memcpy(c, next, sizeof next);
        k[0] += 0x9E3779B9, k[1] += 0xBB67AE85;
    }
}

static void dropout(const bert_dropout_mask *d, uint64_t first, ptrdiff_t n, const float *x, float *y) {
    uint32_t words[4];
    for (ptrdiff_t j = 0; j < n; j++) {
        const uint64_t place = first + (uint64_t)j;
        if (j == 0 || place % 8 == 0) philox(d, (uint32_t)(place / 8), words);
        const uint32_t bits = words[place % 8 / 2] >> (place % 2 * 16) & 0xFFFF;
        y[j] = x[j] * (bits < d->threshold ? 0 : d->factor);
    }
}

static void adamw(const bert_adamw_step *s, ptrdiff_t n, const float *g, const float *p, const float *m, const float *v,
                  float *newP, float *newM, float *newV) {
    for (ptrdiff_t j = 0; j < n; j++) {
        const float gradient = g[j] * s->gradientScale;
        const float first = m[j] + (gradient - m[j]) * s->firstShare;
        const float second = v[j] * s->secondKept + gradient * gradient * s->secondShare;
        const float change = first / (sqrtf(second) / s->correction + s->epsilon);
        newP[j] = p[j] * s->decay - change * s->stepSize;
        newM[j] = first;
        newV[j] = second;
    }
}

static double sum_of_squares(ptrdiff_t n, const float *x) {
    double lanes[16] = {0};
    for (ptrdiff_t j = 0; j < n; j++) lanes[j % 16] += (double)x[j] * x[j];
    for (int half = 8; half > 0; half /= 2)
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    return lanes[0];
}

static void cross_entropy(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const int32_t *labels,
                          int32_t ignored, float smoothing, float scale, float *losses, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows && n > 0; i++) {
        const float *xi = x + i * ldx;
        float *yi = y + i * ldy;
        const bool counts = labels[i] != ignored;
        float top = -INFINITY;
        double sum = 0, all = 0;
        for (ptrdiff_t j = 0; j < n; j++) top = greater(top, xi[j]);
        for (ptrdiff_t j = 0; j < n; j++) {
            all += xi[j] - top;
            sum += exp(xi[j] - top);
        }
        for (ptrdiff_t j = 0; j < n; j++) {
            const double target = (j == labels[i] ? 1 - smoothing : 0) + (double)smoothing / (double)n;
            yi[j] = counts ? (float)((exp(xi[j] - top) / sum - target) * scale) : 0;
        }
        losses[i] = 0;
        if (counts)
            losses[i] = (float)(log(sum) - (1 - smoothing) * (xi[labels[i]] - top) - smoothing * all / (double)n);
    }
}

static void transpose_rows(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < n; j++) y[j * ldy + i] = x[i * ldx + j];
}

// MARK: Scans

static void scan_floats(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, ptrdiff_t queries, const float *q,
                        float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < queries; j++) {
            float sum = 0;
            for (ptrdiff_t k = 0; k < n; k++) sum += x[i * ldx + k] * q[j * n + k];
            y[i * ldy + j] = sum;
        }
}

static float middle(uint8_t byte) { return byte < 255 ? (float)byte + 0.5f : 255; }

static void scan_bytes(ptrdiff_t rows, ptrdiff_t n, const uint8_t *x, ptrdiff_t ldx, uint8_t flip, const float *starts,
                       const float *sizes, ptrdiff_t queries, const float *q, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < queries; j++) {
            float sum = 0;
            for (ptrdiff_t k = 0; k < n; k++)
                sum += (starts[k] + middle(x[i * ldx + k] ^ flip) * sizes[k]) * q[j * n + k];
            y[i * ldy + j] = sum;
        }
}

static void scan_bits(ptrdiff_t rows, ptrdiff_t n, const uint8_t *x, ptrdiff_t ldx, uint8_t flip, ptrdiff_t queries,
                      const float *q, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < queries; j++) {
            float sum = 0;
            for (ptrdiff_t k = 0; k < n; k++)
                sum += (x[i * ldx + k / 8] ^ flip) & 0x80 >> k % 8 ? q[j * n + k] : -q[j * n + k];
            y[i * ldy + j] = sum;
        }
}

static void scan_planes(ptrdiff_t rows, ptrdiff_t bytes, const uint8_t *x, ptrdiff_t ldx, ptrdiff_t queries,
                        const uint64_t *q, uint32_t *y, ptrdiff_t ldy) {
    bert_scan_planes_of_words(rows, bytes, x, ldx, queries, q, y, ldy);
}

static void widen_steps(ptrdiff_t n, const uint8_t *x, uint8_t flip, const float *starts, const float *sizes, float *y) {
    for (ptrdiff_t k = 0; k < n; k++) y[k] = starts[k] + middle(x[k] ^ flip) * sizes[k];
}

// MARK: Gradients

static float slope_of(bert_unary_op op, float x) {
    // Beyond these bounds, the functions are linear.
    const float near = x > 20 ? 20 : x < -20 ? -20 : x;
    switch (op) {
        case BERT_UNARY_TANH: return 1 - tanhf(x) * tanhf(x);
        case BERT_UNARY_SIGMOID: return sigmoid(x) * (1 - sigmoid(x));
        case BERT_UNARY_RELU: return x > 0 ? 1 : x - x;
        case BERT_UNARY_GELU:
            return 0.5f * (1 + erff(near * 0.707106781f)) + near * expf(-0.5f * near * near) * 0.398942280f;
        case BERT_UNARY_GELU_TANH: {
            const float s = sigmoid(1.59576912f * near * (1 + 0.044715f * near * near));
            return s * (1 + 1.59576912f * near * (1 + 0.134145f * near * near) * (1 - s));
        }
        case BERT_UNARY_SILU: {
            const float s = sigmoid(x), u = x > 90 ? 90 : x < -90 ? -90 : x;
            return s * (1 + u * (1 - s));
        }
        case BERT_UNARY_QUICK_GELU: {
            const float s = sigmoid(1.702f * x), u = x > 50 ? 85.1f : x < -50 ? -85.1f : 1.702f * x;
            return s * (1 + u * (1 - s));
        }
        default: return x - x + 1;
    }
}

static void unary_gradient(bert_unary_op op, ptrdiff_t n, const float *x, const float *g, float *y) {
    for (ptrdiff_t j = 0; j < n; j++) y[j] = g[j] * slope_of(op, x[j]);
}

static double dot_of_two(ptrdiff_t n, const float *a, const float *b) {
    double sum = 0;
    for (ptrdiff_t j = 0; j < n; j++) sum += (double)a[j] * b[j];
    return sum;
}

static void softmax_gradient(ptrdiff_t rows, ptrdiff_t n, float scale, const float *p, ptrdiff_t ldp, const float *g,
                             ptrdiff_t ldg, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float sum = (float)dot_of_two(n, p + i * ldp, g + i * ldg);
        for (ptrdiff_t j = 0; j < n; j++) y[i * ldy + j] = p[i * ldp + j] * (g[i * ldg + j] - sum) * scale;
    }
}

static void l2_normalize_gradient(ptrdiff_t rows, ptrdiff_t n, float eps, const float *x, ptrdiff_t ldx, const float *g,
                                  ptrdiff_t ldg, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float *xi = x + i * ldx, *gi = g + i * ldg;
        const double norm = sqrt(dot_of_two(n, xi, xi)), divisor = norm < eps ? eps : norm;
        const double along = norm < eps ? 0 : dot_of_two(n, xi, gi) / (divisor * divisor);
        for (ptrdiff_t j = 0; j < n; j++) y[i * ldy + j] = (float)((gi[j] - xi[j] * along) / divisor);
    }
}

static void layer_norm_gradient(ptrdiff_t rows, ptrdiff_t n, const float *x, ptrdiff_t ldx, const float *residual,
                                ptrdiff_t ldr, const float *gamma, float eps, const float *g, ptrdiff_t ldg, float *y,
                                ptrdiff_t ldy, float *gammaSums, float *betaSums) {
    for (ptrdiff_t j = 0; j < n; j++) gammaSums[j] = betaSums[j] = 0;
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float *gi = g + i * ldg;
        float *yi = y + i * ldy;
        double mean = 0, squares = 0, sum = 0, along = 0;
        for (ptrdiff_t j = 0; j < n; j++) {
            yi[j] = x[i * ldx + j] + (residual ? residual[i * ldr + j] : 0);
            mean += yi[j] / (double)n;
        }
        for (ptrdiff_t j = 0; j < n; j++) squares += (yi[j] - mean) * (yi[j] - mean);
        const double scale = 1 / sqrt(squares / (double)n + eps);
        for (ptrdiff_t j = 0; j < n; j++) {
            const double normal = (yi[j] - mean) * scale, h = (double)gi[j] * gamma[j];
            sum += h / (double)n;
            along += h * normal / (double)n;
            gammaSums[j] += (float)(gi[j] * normal);
            betaSums[j] += gi[j];
        }
        for (ptrdiff_t j = 0; j < n; j++)
            yi[j] = (float)(((double)gi[j] * gamma[j] - sum - (yi[j] - mean) * scale * along) * scale);
    }
}

// MARK: Attention

static ptrdiff_t distance_of(int32_t query, int32_t key) { return (int32_t)((uint32_t)key - (uint32_t)query); }

static ptrdiff_t clamped(ptrdiff_t value, ptrdiff_t limit) {
    return value < -limit ? -limit : value > limit ? limit : value;
}

static float dot_of(ptrdiff_t width, const float *a, const float *b) {
    float dot = 0;
    for (ptrdiff_t c = 0; c < width; c++) dot += a[c] * b[c];
    return dot;
}

/// Returns the terms of a score that depend on the distance, which are added before the mask.
static float position_score(const bert_attention_head *h, ptrdiff_t i, ptrdiff_t j) {
    const bert_attention_positions *p = h->positions;
    const ptrdiff_t distance = distance_of(p->queries[i], p->keys[j]);
    float score = 0;
    if (p->relativeKeys || p->relativeQueries) {
        const ptrdiff_t row = p->rows[clamped(distance, p->rowLimit) + p->rowLimit];
        if (p->relativeKeys)
            score += h->scale * dot_of(h->width, h->q + i * h->ldq, p->relativeKeys + row * p->ldr);
        if (p->relativeQueries)
            score += h->scale * dot_of(h->width, h->k + j * h->ldk, p->relativeQueries + row * p->ldr);
    }
    if (p->bias) score += p->bias[clamped(distance, p->biasLimit) + p->biasLimit];
    return score;
}

static bool is_in_reach(const bert_attention_head *h, ptrdiff_t i, ptrdiff_t j) {
    const bert_attention_positions *p = h->positions;
    if (!p || p->reach < 0) return true;
    const ptrdiff_t distance = distance_of(p->queries[i], p->keys[j]);
    return distance <= p->reach && -distance <= p->reach;
}

static void attention(const bert_attention_head *h, float *scratch) {
    for (ptrdiff_t i = 0; i < h->queries; i++) {
        const float *q = h->q + i * h->ldq;
        float *out = h->out + i * h->ldo;
        // Only keys in reach have a score. The scores are contiguous.
        ptrdiff_t seen = 0;
        for (ptrdiff_t j = 0; j < h->keys; j++) {
            if (!is_in_reach(h, i, j)) continue;
            float score = h->scale * dot_of(h->width, q, h->k + j * h->ldk);
            if (h->positions) score += position_score(h, i, j);
            scratch[seen++] = score + (h->mask ? h->mask[i * h->ldm + j] : 0);
        }
        softmax_row_or_zeros(seen, h->zeroesMaskedRows, scratch);
        for (ptrdiff_t j = h->keys; j-- > 0;) scratch[j] = is_in_reach(h, i, j) ? scratch[--seen] : 0;
        if (h->dropout) dropout(h->dropout, h->first + (uint64_t)(i * h->keys), h->keys, scratch, scratch);
        for (ptrdiff_t c = 0; c < h->width; c++) {
            float sum = 0;
            for (ptrdiff_t j = 0; j < h->keys; j++) sum += scratch[j] * h->v[j * h->ldv + c];
            out[c] = sum;
        }
        if (h->probabilities && h->keys > 0)
            memcpy(h->probabilities + i * h->ldp, scratch, (size_t)h->keys * sizeof(float));
    }
}

static void attention_gradient(const bert_attention_head_gradient *h, float *scratch) {
    float *p = scratch, *ds = scratch + h->keys, *z = ds + h->keys;
    for (ptrdiff_t j = 0; j < h->keys; j++)
        for (ptrdiff_t c = 0; c < h->width; c++) h->dk[j * h->lddk + c] = h->dv[j * h->lddv + c] = 0;
    for (ptrdiff_t i = 0; i < h->queries; i++) {
        const float *q = h->q + i * h->ldq, *g = h->g + i * h->ldg;
        for (ptrdiff_t j = 0; j < h->keys; j++) {
            p[j] = h->scale * dot_of(h->width, q, h->k + j * h->ldk) + (h->mask ? h->mask[i * h->ldm + j] : 0);
            z[j] = h->headScale;
        }
        softmax_row_or_zeros(h->keys, h->zeroesMaskedRows, p);
        if (h->dropout) dropout(h->dropout, h->first + (uint64_t)(i * h->keys), h->keys, z, z);
        for (ptrdiff_t j = 0; j < h->keys; j++) ds[j] = z[j] * dot_of(h->width, g, h->v + j * h->ldv);
        const float sum = dot_of(h->keys, p, ds);
        for (ptrdiff_t j = 0; j < h->keys; j++) ds[j] = p[j] * (ds[j] - sum);
        for (ptrdiff_t c = 0; c < h->width; c++) {
            float own = 0;
            for (ptrdiff_t j = 0; j < h->keys; j++) {
                own += ds[j] * h->k[j * h->ldk + c];
                h->dk[j * h->lddk + c] += h->scale * ds[j] * q[c];
                h->dv[j * h->lddv + c] += z[j] * p[j] * g[c];
            }
            h->dq[i * h->lddq + c] = h->scale * own;
        }
    }
}

static void rotate(ptrdiff_t rows, ptrdiff_t half, const float *x, ptrdiff_t ldx, const float *cosines,
                   const float *sines, const int32_t *positions, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t i = 0; i < rows; i++) {
        const ptrdiff_t position = positions ? positions[i] : i;
        for (ptrdiff_t j = 0; j < half; j++) {
            const float a = x[i * ldx + j], b = x[i * ldx + half + j];
            const float c = cosines[position * half + j], s = sines[position * half + j];
            y[i * ldy + j] = a * c - b * s;
            y[i * ldy + half + j] = b * c + a * s;
        }
    }
}

const bert_kernel_table bert_kernels_plain = {.name = "plain", BERT_KERNELS(BERT_ENTRY)};
