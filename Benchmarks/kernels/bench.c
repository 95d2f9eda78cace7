// Measures each kernel on one thread, for each instruction set: nanoseconds per element, GB/s and GFLOP/s.

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CBertKernels.h"

/// The CPU time of this thread, which is independent of other load on the machine.
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *numbers(size_t count) {
    float *p = aligned_alloc(64, (count * sizeof(float) + 127) / 64 * 64);
    for (size_t i = 0; i < count; i++) p[i] = (float)rand() / (float)RAND_MAX * 4 - 2;
    return p;
}

/// The minimum of several runs of at least 2 ms, in seconds per repetition.
#define BEST(seconds, ...)                                                                                            \
    double seconds = 1e9;                                                                                             \
    {                                                                                                                 \
        long repeats = 1;                                                                                             \
        for (int sample = 0; sample < 30;) {                                                                          \
            const double start = now();                                                                               \
            for (long again = 0; again < repeats; again++) { __VA_ARGS__; }                                           \
            const double elapsed = now() - start;                                                                     \
            if (elapsed < 2e-3) {                                                                                     \
                repeats *= 2;                                                                                         \
                continue;                                                                                             \
            }                                                                                                         \
            if (elapsed / (double)repeats < seconds) seconds = elapsed / (double)repeats;                             \
            sample++;                                                                                                 \
        }                                                                                                             \
    }

static void report(const char *set, const char *what, double seconds, double elements, double bytes) {
    printf("%-10s %-34s %9.2f µs %7.3f ns/element %7.1f GB/s\n", set, what, seconds * 1e6, seconds * 1e9 / elements,
           bytes / seconds * 1e-9);
}

static void rows(const bert_kernel_table *k) {
    enum { ROWS = 128, N = 384, WIDE = 1536 };
    float *x = numbers(ROWS * WIDE), *r = numbers(ROWS * WIDE), *y = numbers(ROWS * WIDE), *b = numbers(WIDE);
    float *g = numbers(WIDE);
    uint16_t *h = malloc(ROWS * WIDE * 2);
    static const struct {
        const char *name;
        bert_unary_op op;
    } functions[] = {
        {"exp", BERT_UNARY_EXP},         {"log", BERT_UNARY_LOG},       {"tanh", BERT_UNARY_TANH},
        {"erf", BERT_UNARY_ERF},         {"sigmoid", BERT_UNARY_SIGMOID}, {"relu", BERT_UNARY_RELU},
        {"gelu", BERT_UNARY_GELU},       {"gelu tanh", BERT_UNARY_GELU_TANH}, {"silu", BERT_UNARY_SILU},
        {"quick gelu", BERT_UNARY_QUICK_GELU},
    };
    char label[64];
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        BEST(t, k->unary(functions[i].op, 4096, x, y))
        snprintf(label, sizeof label, "%s [4096]", functions[i].name);
        report(k->name, label, t, 4096, 8 * 4096);
    }
    const double wide = ROWS * WIDE, narrow = ROWS * N, square = ROWS * ROWS;
    BEST(t1, k->bias_unary(BERT_UNARY_GELU, ROWS, WIDE, x, WIDE, b, y, WIDE))
    report(k->name, "bias + gelu [128, 1536]", t1, wide, 8 * wide);
    BEST(t2, k->bias_residual(ROWS, N, x, N, b, r, N, y, N))
    report(k->name, "bias + residual [128, 384]", t2, narrow, 12 * narrow);
    BEST(t3, k->layer_norm(ROWS, N, x, N, NULL, NULL, 0, g, b, 1e-12f, y, N))
    report(k->name, "layer norm [128, 384]", t3, narrow, 8 * narrow);
    BEST(t4, k->layer_norm(ROWS, N, x, N, b, r, N, g, b, 1e-12f, y, N))
    report(k->name, "bias + residual + layer norm", t4, narrow, 12 * narrow);
    BEST(t5, k->softmax(ROWS, ROWS, 0.17f, x, ROWS, NULL, 0, y, ROWS))
    report(k->name, "softmax [128, 128]", t5, square, 8 * square);
    BEST(t6, k->softmax(ROWS, ROWS, 0.17f, x, ROWS, b, 0, y, ROWS))
    report(k->name, "masked softmax [128, 128]", t6, square, 8 * square);
    BEST(t7, k->reduce_rows(BERT_REDUCE_MEAN, ROWS, N, x, N, y))
    report(k->name, "mean of rows [128, 384]", t7, narrow, 4 * narrow);
    BEST(t8, k->l2_normalize(ROWS, N, 1e-12f, x, N, y, N))
    report(k->name, "l2 normalize [128, 384]", t8, narrow, 8 * narrow);
    BEST(t9, k->binary(BERT_BINARY_ADD, ROWS, N, x, N, 1, r, N, 1, y, N))
    report(k->name, "add [128, 384]", t9, narrow, 12 * narrow);
    BEST(t10, k->half_from_float((ptrdiff_t)narrow, x, h))
    report(k->name, "half from float", t10, narrow, 6 * narrow);
    BEST(t11, k->float_from_half((ptrdiff_t)narrow, h, y))
    report(k->name, "float from half", t11, narrow, 6 * narrow);
    BEST(t12, k->bfloat_from_float((ptrdiff_t)narrow, x, h))
    report(k->name, "bfloat from float", t12, narrow, 6 * narrow);
    BEST(t13, k->float_from_bfloat((ptrdiff_t)narrow, h, y))
    report(k->name, "float from bfloat", t13, narrow, 6 * narrow);
    free(x), free(r), free(y), free(b), free(g), free(h);
}

typedef void sgemm_function(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *,
                            int);

static void attention(const bert_kernel_table *k, sgemm_function *sgemm) {
    static const struct {
        int tokens, heads, width;
    } shapes[] = {{16, 12, 32}, {64, 12, 32}, {128, 12, 32}, {256, 12, 32}, {512, 12, 32},
                  {16, 12, 64}, {128, 12, 64}, {512, 12, 64}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const int t = shapes[i].tokens, d = shapes[i].width, hidden = shapes[i].heads * d, ld = 3 * hidden;
        float *qkv = numbers((size_t)t * (size_t)ld), *out = numbers((size_t)t * (size_t)hidden);
        float *scratch = numbers((size_t)bert_attention_scratch(t, t, d)), *scores = numbers((size_t)t * (size_t)t);
        const float scale = 1 / sqrtf((float)d);
        const double flops = 4.0 * t * t * hidden;
        BEST(seconds, for (int head = 0; head < shapes[i].heads; head++) {
            const float *q = qkv + head * d;
            const bert_attention_head h = {.queries = t, .keys = t, .width = d, .scale = scale, .q = q, .ldq = ld,
                .k = q + hidden, .ldk = ld, .v = q + 2 * hidden, .ldv = ld, .out = out + head * d, .ldo = hidden};
            k->attention(&h, scratch);
        })
        printf("%-10s attention %4d tokens, %d x %d %10.1f µs %7.1f GFLOP/s\n", k->name, t, shapes[i].heads, d,
               seconds * 1e6, flops / seconds * 1e-9);
        if (sgemm) {
            BEST(blas, for (int head = 0; head < shapes[i].heads; head++) {
                const float *q = qkv + head * d;
                sgemm(101, 111, 112, t, t, d, 1, q, ld, q + hidden, ld, 0, scores, t);
                k->softmax(t, t, scale, scores, t, NULL, 0, scores, t);
                sgemm(101, 111, 111, t, d, t, 1, scores, t, q + 2 * hidden, ld, 0, out + head * d, hidden);
            })
            printf("%-10s   by two OpenBLAS products       %10.1f µs %7.1f GFLOP/s\n", "", blas * 1e6,
                   flops / blas * 1e-9);
        }
        free(qkv), free(out), free(scratch), free(scores);
    }
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "all", *only = argc > 2 ? argv[2] : NULL;
    sgemm_function *sgemm = NULL;
    void *blas = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (blas) {
        void (*set_threads)(int) = (void (*)(int))dlsym(blas, "openblas_set_num_threads");
        if (set_threads) set_threads(1);
        sgemm = (sgemm_function *)dlsym(blas, "cblas_sgemm");
    }
    const bert_kernel_table *k;
    for (ptrdiff_t i = 0; (k = bert_kernels_table(i)); i++) {
        if (only && strcmp(only, k->name) != 0) continue;
        if (strcmp(what, "attention") != 0) rows(k);
        if (strcmp(what, "rows") != 0) attention(k, sgemm);
    }
    return 0;
}
