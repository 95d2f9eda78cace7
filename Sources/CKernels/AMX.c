// The kernels for AMX, whose tiles multiply int8 and bfloat16. Everything else is computed with AVX-512 (F, BW, DQ, VL,
// VNNI, BF16).

#if defined(__x86_64__)

#if defined(BERT_EMULATE_AVX512)
#include "Vector/EmulatedAMX.h"
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#else
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,"      \
                                                   "avx512bf16,amx-tile,amx-int8,amx-bf16"))),                        \
                             apply_to = function)
#endif

#define LANES 16
#define VECTOR_AVX512
#define VECTOR_VNNI
#define VECTOR_BF16
#define VECTOR_TILES
#include "Vector/Attention.h"
#include "Vector/AttentionGradient.h"
#include "Vector/Convert.h"
#include "Vector/Products.h"
#include "Vector/Rows.h"
#include "Vector/Scan.h"
#include "Vector/TileAttention.h"

// The kernels of products and of attention are replaced.
#pragma clang diagnostic ignored "-Winitializer-overrides"

const bert_kernel_table bert_kernels_amx = {
    .name = "amx",
    .multiplies_bfloat16 = true,
    .has_tiles = true,
    BERT_KERNELS(BERT_ENTRY) BERT_TILE_KERNELS,
    .attention = tile_attention};

int64_t bert_peak_of_tiles(bert_product_type type, int64_t steps) {
    load_tile_shapes(TILE_HEIGHT);
    _tile_zero(4);
    _tile_zero(5);
    for (int64_t n = 0; n < steps; n++)
        if (type == BERT_PRODUCT_INT8) {
            _tile_dpbusd(0, 4, 5);
            _tile_dpbusd(1, 4, 5);
            _tile_dpbusd(2, 4, 5);
            _tile_dpbusd(3, 4, 5);
        } else {
            _tile_dpbf16ps(0, 4, 5);
            _tile_dpbf16ps(1, 4, 5);
            _tile_dpbf16ps(2, 4, 5);
            _tile_dpbf16ps(3, 4, 5);
        }
    _tile_release();
    return steps * 4 * 2 * TILE_HEIGHT * TILE_COLUMNS * (TILE_WIDTH / element_size(type));
}

#pragma clang attribute pop

#endif
