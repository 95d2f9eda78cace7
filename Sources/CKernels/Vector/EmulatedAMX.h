// Emulation of the AMX instructions that kernels use, for testing the kernels on processors without AMX. It is slow.
// The behavior follows the operations in Intel's Software Developer's Manual, volume 2 (TDPBF16PS, TDPBUSD).

#pragma once

#include <stddef.h>

#include "EmulatedAVX512.h"

/// A tile register: rows of up to 64 bytes.
typedef struct {
    uint8_t bytes[16][64];
    int rows, row_bytes;
} emulated_tile;

static __thread emulated_tile emulated_tiles[8];

EMULATED void emulated_tile_loadconfig(const void *shapes) {
    const uint8_t *p = shapes;
    for (int i = 0; i < 8; i++) {
        memset(&emulated_tiles[i], 0, sizeof *emulated_tiles);
        memcpy(&emulated_tiles[i].row_bytes, p + 16 + 2 * i, 2);
        emulated_tiles[i].rows = p[48 + i];
    }
}

/// Without shapes, instructions have no effect, so that the results of missing ones are noticed.
EMULATED void emulated_tile_release(void) { memset(emulated_tiles, 0, sizeof emulated_tiles); }

EMULATED void emulated_tile_zero(int to) { memset(emulated_tiles[to].bytes, 0, sizeof emulated_tiles[to].bytes); }

EMULATED void emulated_tile_loadd(int to, const void *from, ptrdiff_t stride) {
    emulated_tile *t = &emulated_tiles[to];
    emulated_tile_zero(to);
    for (int i = 0; i < t->rows; i++) memcpy(t->bytes[i], (const char *)from + i * stride, (size_t)t->row_bytes);
}

EMULATED void emulated_tile_stored(int from, void *to, ptrdiff_t stride) {
    const emulated_tile *t = &emulated_tiles[from];
    for (int i = 0; i < t->rows; i++) memcpy((char *)to + i * stride, t->bytes[i], (size_t)t->row_bytes);
}

EMULATED void emulated_tile_dpbusd(int to, int a, int b) {
    for (int m = 0; m < emulated_tiles[to].rows; m++) {
        int32_t sums[16];
        memcpy(sums, emulated_tiles[to].bytes[m], sizeof sums);
        for (int k = 0; k < emulated_tiles[a].row_bytes; k++)
            for (int n = 0; n < emulated_tiles[to].row_bytes / 4; n++)
                sums[n] += emulated_tiles[a].bytes[m][k] * (int8_t)emulated_tiles[b].bytes[k / 4][4 * n + k % 4];
        memcpy(emulated_tiles[to].bytes[m], sums, sizeof sums);
    }
}

EMULATED float emulated_bfloat(const uint8_t *p) {
    uint16_t half;
    memcpy(&half, p, sizeof half);
    const uint32_t word = (uint32_t)half << 16;
    float x;
    memcpy(&x, &word, sizeof x);
    return emulated_normal(x);
}

// The first products of all pairs are accumulated apart from the second ones. Subnormal operands and results are
// treated as zero.
EMULATED void emulated_tile_dpbf16ps(int to, int a, int b) {
    for (int m = 0; m < emulated_tiles[to].rows; m++)
        for (int n = 0; n < emulated_tiles[to].row_bytes / 4; n++) {
            float sums[2] = {0, 0}, sum;
            for (int k = 0; k < emulated_tiles[a].row_bytes / 2; k++) {
                const float x = emulated_bfloat(&emulated_tiles[a].bytes[m][2 * k]);
                const float w = emulated_bfloat(&emulated_tiles[b].bytes[k / 2][4 * n + 2 * (k % 2)]);
                sums[k % 2] = emulated_normal(fmaf(x, w, sums[k % 2]));
            }
            memcpy(&sum, &emulated_tiles[to].bytes[m][4 * n], sizeof sum);
            sum = emulated_normal(emulated_normal(sum) + emulated_normal(sums[0] + sums[1]));
            memcpy(&emulated_tiles[to].bytes[m][4 * n], &sum, sizeof sum);
        }
}

#undef _tile_zero
#undef _tile_loadd
#undef _tile_stored
#undef _tile_dpbusd
#undef _tile_dpbf16ps
#define _tile_loadconfig emulated_tile_loadconfig
#define _tile_release emulated_tile_release
#define _tile_zero emulated_tile_zero
#define _tile_loadd emulated_tile_loadd
#define _tile_stored emulated_tile_stored
#define _tile_dpbusd emulated_tile_dpbusd
#define _tile_dpbf16ps emulated_tile_dpbf16ps
