// Runs every kernel of every instruction set on the same numbers and prints a hash of the results' bits: a line for each
// instruction set and kernel. Results are also compared with the plain kernels'; what is too far off ends the program with 1.
//
// Instruction sets that fuse multiplication and addition have to print the same hashes, here, in emulation and on another
// processor: scripts/test-kernel-bits compares them. Products in bfloat16 have lines of their own with AMX, and none where a
// processor's instruction isn't specified.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CBertKernelTable.h"

enum { ROWS = 7, WIDEST = 800, SIZE = ROWS * WIDEST };

static uint64_t state = 1;

/// Returns reproducible numbers from -1 to 1, including a few positive and negative zeros.
static float number(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const int32_t bits = (int32_t)(state >> 32);
    if ((bits & 255) == 0) return bits & 256 ? -0.0f : 0.0f;
    return (float)bits * 0x1p-31f;
}

static void fill(float *x, ptrdiff_t n, float factor) {
    for (ptrdiff_t i = 0; i < n; i++) x[i] = number() * factor;
}

typedef struct {
    const char *kernel;
    uint64_t hash;
} line;

static line lines[64];
static int line_count;

/// FNV-1a.
static void add(const char *kernel, const void *bytes, size_t n) {
    line *l = NULL;
    for (int i = 0; i < line_count; i++)
        if (strcmp(lines[i].kernel, kernel) == 0) l = &lines[i];
    if (!l) {
        l = &lines[line_count++];
        *l = (line){kernel, 14695981039346656037u};
    }
    for (size_t i = 0; i < n; i++) l->hash = (l->hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
}

static int failures;

static void compare(const char *set, const char *kernel, ptrdiff_t n, const float *got, const float *want, float allowed) {
    for (ptrdiff_t i = 0; i < n; i++)
        if (!(fabsf(got[i] - want[i]) <= allowed * (1 + fabsf(want[i])))) {
            fprintf(stderr, "%s %s: at %td of %td got %.9g, plain gives %.9g\n", set, kernel, i, n, got[i], want[i]);
            failures++;
            return;
        }
}

static const int sizes[] = {1,  2,  3,  4,  5,  7,  8,  9,  15, 16, 17,  23,  24,  25,  31,
                            32, 33, 47, 48, 49, 63, 64, 65, 96, 97, 100, 127, 128, 312, 384, 385, 768};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void rows(const bert_kernel_table *k, const bert_kernel_table *plain) {
    static float x[SIZE], r[SIZE], y[SIZE], want[SIZE], g[WIDEST], b[WIDEST];
#define BOTH(kernel, count, allowed, ...)                                                                             \
    {                                                                                                                 \
        float *out = y;                                                                                               \
        k->__VA_ARGS__;                                                                                               \
        out = want;                                                                                                   \
        plain->__VA_ARGS__;                                                                                           \
        add(kernel, y, sizeof(float) * (size_t)(count));                                                              \
        compare(k->name, kernel, count, y, want, allowed);                                                            \
    }
    // Additional outputs of a kernel are hashed before the plain kernel overwrites them.
#define BOTH_AND(kernel, count, allowed, more, size, ...)                                                             \
    {                                                                                                                 \
        float *out = y;                                                                                               \
        k->__VA_ARGS__;                                                                                               \
        add(kernel, more, size);                                                                                      \
        out = want;                                                                                                   \
        plain->__VA_ARGS__;                                                                                           \
        add(kernel, y, sizeof(float) * (size_t)(count));                                                              \
        compare(k->name, kernel, count, y, want, allowed);                                                            \
    }
    for (int s = 0; s < SIZES; s++) {
        const int n = sizes[s];
        fill(x, ROWS * n, 3), fill(r, ROWS * n, 3), fill(g, n, 1), fill(b, n, 1);
        BOTH("layer norm", ROWS * n, 2e-5f, layer_norm(ROWS, n, x, n, NULL, r, n, g, b, 1e-3f, out, n))
        BOTH("layer norm", ROWS * n, 2e-5f, layer_norm(ROWS, n, x, n, b, NULL, 0, NULL, NULL, 1e-3f, out, n))
        BOTH("softmax", ROWS * n, 1e-6f, softmax(ROWS, n, 2, x, n, r, n, out, n))
        BOTH("softmax", ROWS * n, 1e-6f, softmax(ROWS, n, 1, x, n, NULL, 0, out, n))
        BOTH("l2 normalize", ROWS * n, 1e-6f, l2_normalize(ROWS, n, 1e-12f, x, n, out, n))
        BOTH("sum of columns", ROWS, 2e-5f, reduce_columns(BERT_REDUCE_SUM, ROWS, n, x, n, out))
        BOTH("mean of columns", ROWS, 2e-5f, reduce_columns(BERT_REDUCE_MEAN, ROWS, n, x, n, out))
        BOTH("greatest of columns", ROWS, 0, reduce_columns(BERT_REDUCE_MAX, ROWS, n, x, n, out))
        BOTH("mean of rows", n, 2e-5f, reduce_rows(BERT_REDUCE_MEAN, ROWS, n, x, n, out))
        BOTH("greatest of rows", n, 0, reduce_rows(BERT_REDUCE_MAX, ROWS, n, x, n, out))
        BOTH("bias and residual", ROWS * n, 1e-6f, bias_residual(ROWS, n, x, n, b, r, n, out, n))
        for (int op = BERT_UNARY_IDENTITY; op <= BERT_UNARY_QUICK_GELU; op++)
            if (op != BERT_UNARY_SQRT && op != BERT_UNARY_LOG && op != BERT_UNARY_RECIPROCAL)
                BOTH("unary", ROWS * n, 2e-6f, bias_unary(op, ROWS, n, x, n, b, out, n))
        for (int op = BERT_UNARY_TANH; op <= BERT_UNARY_QUICK_GELU; op++)
            if (op != BERT_UNARY_ERF) BOTH("unary gradient", ROWS * n, 4e-6f, unary_gradient(op, ROWS * n, x, r, out))
        BOTH("softmax gradient", ROWS * n, 1e-4f, softmax_gradient(ROWS, n, 0.5f, x, n, r, n, out, n))
        BOTH("l2 normalize gradient", ROWS * n, 2e-4f, l2_normalize_gradient(ROWS, n, 1e-2f, x, n, r, n, out, n))
        static float gammas[2 * WIDEST];
        BOTH_AND("layer norm gradient", ROWS * n, 1e-3f, gammas, sizeof(float) * 2 * (size_t)n,
                 layer_norm_gradient(ROWS, n, x, n, r, n, g, 1e-1f, x, n, out, n, gammas, gammas + n))
        const bert_dropout_mask mask = {1, 2, 3, (uint32_t)n, 20000, 1.5f};
        BOTH("dropout", ROWS * n, 0, dropout(&mask, (uint64_t)(n * 5), ROWS * n, x, out))
        const bert_adamw_step step = {0.99f, 0.1f, 0.999f, 0.001f, 0.01f, 0.3f, 1e-6f, 0.5f};
        static float squares[SIZE], moments[2 * SIZE];
        for (int i = 0; i < ROWS * n; i++) squares[i] = r[i] * r[i];
        BOTH_AND("adamw", ROWS * n, 1e-5f, moments, sizeof(float) * 2 * (size_t)(ROWS * n),
                 adamw(&step, ROWS * n, x, r, r, squares, out, moments, moments + ROWS * n))
        const double square = k->sum_of_squares(ROWS * n, x);
        add("sum of squares", &square, sizeof square);
        const int32_t labels[ROWS] = {0, n - 1, n / 2, -100, 0, n / 3, n - 1};
        static float losses[ROWS];
        BOTH_AND("cross entropy", ROWS * n, 1e-5f, losses, sizeof losses,
                 cross_entropy(ROWS, n, x, n, labels, -100, 0.1f, 0.5f, losses, out, n))
        BOTH("transpose", ROWS * n, 0, transpose_rows(ROWS, n, x, n, out, ROWS))
        int32_t ids[ROWS];
        for (int i = 0; i < ROWS; i++) ids[i] = (i * 5 + 2) % ROWS;
        const bert_lookup lookups[] = {{x, ROWS, ids}, {r, ROWS, NULL}, {x, ROWS, NULL}};
        BOTH("embed", ROWS * n, 2e-5f, embed(ROWS, n, lookups, 3, g, b, 1e-3f, out, n))
        uint16_t narrow[SIZE];
        k->half_from_float(ROWS * n, x, narrow), add("half", narrow, 2 * (size_t)(ROWS * n));
        k->float_from_half(ROWS * n, narrow, y), add("half", y, 4 * (size_t)(ROWS * n));
        k->bfloat_from_float(ROWS * n, x, narrow), add("bfloat16", narrow, 2 * (size_t)(ROWS * n));
        k->float_from_bfloat(ROWS * n, narrow, y), add("bfloat16", y, 4 * (size_t)(ROWS * n));
        uint8_t q[SIZE];
        float scales[ROWS];
        int32_t zeros[ROWS];
        k->quantize(ROWS, n, x, n, q, n, scales, zeros);
        add("quantize", q, (size_t)(ROWS * n)), add("quantize", scales, sizeof scales), add("quantize", zeros, sizeof zeros);
        k->quantize_weights(ROWS, n, x, n, (int8_t *)q, n, scales);
        add("quantize weights", q, (size_t)(ROWS * n)), add("quantize weights", scales, sizeof scales);
    }
#undef BOTH
#undef BOTH_AND
}

static void multiply(const bert_kernel_table *k, bert_product_type type, int inner, int columns, const float *x,
                     const float *w, const float *bias, float *y) {
    const ptrdiff_t width = k->panel_columns(type), size = (k->panel_size(type, inner) + 63) / 64 * 64;
    const ptrdiff_t panels = (columns + width - 1) / width;
    char *packed = aligned_alloc(64, (size_t)(size * panels));
    float *scales = calloc((size_t)columns, sizeof *scales);
    int32_t *sums = calloc((size_t)columns, sizeof *sums);
    void *scratch = malloc((size_t)k->multiply_scratch(type, ROWS, inner) + 64);
    for (ptrdiff_t p = 0; p < panels; p++) {
        const ptrdiff_t at = p * width, here = columns - at < width ? columns - at : width;
        k->pack_panel(type, inner, here, w + at * inner, 1, inner, packed + p * size, scales + at, sums + at);
        const bool integers = type == BERT_PRODUCT_INT8;
        const bert_product product = {
            .type = type, .rows = ROWS, .inner = inner, .columns = here, .x = x, .ldx = inner, .weights = packed + p * size,
            .columnScales = integers ? scales + at : NULL, .columnSums = integers ? sums + at : NULL, .scale = 1,
            .bias = bias + at, .activation = BERT_UNARY_GELU, .y = y + at, .ldy = columns};
        k->multiply(&product, scratch);
    }
    free(packed), free(scales), free(sums), free(scratch);
}

static void products(const bert_kernel_table *k, const bert_kernel_table *plain) {
    static float x[ROWS * 300], w[200 * 300], bias[200], y[ROWS * 200], want[ROWS * 200];
    static const char *const names[] = {"product in float32", "product in bfloat16", "product in int8"};
    static const int shapes[][2] = {{1, 1}, {3, 5}, {17, 48}, {64, 96}, {97, 49}, {300, 200}};
    for (int type = BERT_PRODUCT_FLOAT32; type <= BERT_PRODUCT_INT8; type++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            const int inner = shapes[s][0], columns = shapes[s][1];
            fill(x, ROWS * inner, 2), fill(w, columns * inner, 0.2f), fill(bias, columns, 1);
            multiply(k, type, inner, columns, x, w, bias, y);
            multiply(plain, type, inner, columns, x, w, bias, want);
            add(names[type], y, sizeof(float) * (size_t)(ROWS * columns));
            compare(k->name, names[type], ROWS * columns, y, want, 1e-5f);
        }
}

/// Sums of products that are subnormal, or nearly so: zeros in bfloat16.
static void tiny_products(const bert_kernel_table *k, const bert_kernel_table *plain) {
    static float x[ROWS * 64], w[96 * 64], bias[96], y[ROWS * 96], want[ROWS * 96];
    for (int inner = 1; inner <= 64; inner += 9) {
        fill(x, ROWS * inner, 0x1p-61f), fill(w, 96 * inner, 0x1p-64f), fill(bias, 96, 0x1p-126f);
        x[0] = 0x1.FFFFFEp-127f, w[0] = 1;
        multiply(k, BERT_PRODUCT_BFLOAT16, inner, 96, x, w, bias, y);
        multiply(plain, BERT_PRODUCT_BFLOAT16, inner, 96, x, w, bias, want);
        add("tiny products in bfloat16", y, sizeof y);
        compare(k->name, "tiny products in bfloat16", ROWS * 96, y, want, 0x1p-120f);
    }
}

static void attention(const bert_kernel_table *k, const bert_kernel_table *plain) {
    enum { QUERIES = 11, KEYS = 150, WIDTH = 70 };
    static float q[QUERIES * WIDTH], keys[KEYS * WIDTH], v[KEYS * WIDTH], mask[QUERIES * KEYS], y[QUERIES * WIDTH],
        want[QUERIES * WIDTH], p[QUERIES * KEYS];
    for (int count = 1; count < KEYS; count += count < 40 ? 3 : 17)
        for (int width = 8; width <= 64; width += 14) {
            fill(q, QUERIES * width, 2), fill(keys, count * width, 2), fill(v, count * width, 2);
            for (int i = 0; i < QUERIES * count; i++) mask[i] = number() > 0.6f ? -3.4028235e38f : 0;
            float *scratch = malloc(sizeof(float) * (size_t)bert_attention_scratch(QUERIES, count, width));
            for (int masked = 0; masked < 2; masked++) {
                bert_attention_head head = {
                    .queries = QUERIES, .keys = count, .width = width, .scale = 0.3f, .q = q, .ldq = width, .k = keys,
                    .ldk = width, .v = v, .ldv = width, .mask = masked ? mask : NULL, .ldm = count, .out = want,
                    .ldo = width, .probabilities = p, .ldp = count};
                plain->attention(&head, scratch);
                head.out = y;
                k->attention(&head, scratch);
                add("attention", y, sizeof(float) * (size_t)(QUERIES * width));
                add("attention's probabilities", p, sizeof(float) * (size_t)(QUERIES * count));
                compare(k->name, "attention", QUERIES * width, y, want, 1e-5f);
                static float rounded[QUERIES * WIDTH];
                head.out = rounded;
                for (head.rounding = BERT_ROUNDING_PORTABLE; head.rounding <= BERT_ROUNDING_FASTEST; head.rounding++) {
                    const bool is_portable = head.rounding == BERT_ROUNDING_PORTABLE;
                    if (!is_portable && !k->has_tiles) continue;
                    const char *name = is_portable ? "portable attention in bfloat16" : "attention in bfloat16";
                    k->attention(&head, scratch);
                    add(name, rounded, sizeof(float) * (size_t)(QUERIES * width));
                    compare(k->name, name, QUERIES * width, rounded, want, 0.1f);
                }
            }
            free(scratch);
            scratch = malloc(sizeof(float) * (size_t)bert_attention_gradient_scratch(count, width));
            static float g[QUERIES * WIDTH], dq[2][QUERIES * WIDTH], dk[2][KEYS * WIDTH], dv[2][KEYS * WIDTH];
            memcpy(g, y, sizeof g);
            const bert_dropout_mask dropped = {5, 6, 7, (uint32_t)width, 10000, 1.2f};
            for (int which = 0; which < 2; which++) {
                const bert_attention_head_gradient head = {
                    .queries = QUERIES, .keys = count, .width = width, .scale = 0.3f, .q = q, .ldq = width, .k = keys,
                    .ldk = width, .v = v, .ldv = width, .mask = mask, .ldm = count, .headScale = 0.5f,
                    .dropout = &dropped, .first = 3, .g = g, .ldg = width, .dq = dq[which], .lddq = width,
                    .dk = dk[which], .lddk = width, .dv = dv[which], .lddv = width};
                (which ? plain : k)->attention_gradient(&head, scratch);
            }
            add("attention's gradient", dq[0], sizeof(float) * (size_t)(QUERIES * width));
            add("attention's gradient", dk[0], sizeof(float) * (size_t)(count * width));
            add("attention's gradient", dv[0], sizeof(float) * (size_t)(count * width));
            compare(k->name, "attention's gradient, q", QUERIES * width, dq[0], dq[1], 2e-5f);
            compare(k->name, "attention's gradient, k", count * width, dk[0], dk[1], 2e-5f);
            compare(k->name, "attention's gradient, v", count * width, dv[0], dv[1], 2e-5f);
            free(scratch);
        }
}

int main(void) {
    const bert_kernel_table *plain = bert_kernels_table(0);
    for (ptrdiff_t index = 0; bert_kernels_table(index); index++) {
        const bert_kernel_table *k = bert_kernels_table(index);
        line_count = 0;
        state = 1;
        rows(k, plain);
        products(k, plain);
        attention(k, plain);
        tiny_products(k, plain);
        for (int i = 0; i < line_count; i++)
            if (bert_bfloat16_is_portable(k) || strcmp(k->name, "amx") == 0 || !strstr(lines[i].kernel, "in bfloat16"))
                printf("%s\t%s\t%016llx\n", k->name, lines[i].kernel, (unsigned long long)lines[i].hash);
    }
    return failures > 0;
}
