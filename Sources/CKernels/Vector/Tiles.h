// Products of rows and packed weights in int8 and bfloat16 with AMX. Products.h computes them with vectors.
//
// A tile register holds 16 rows of 64 bytes. An instruction multiplies a tile of inputs, [rows, 64 bytes of the inner
// dimension], by a tile of weights, [16 groups of 4 bytes, columns], and adds the result to a tile of sums, [rows,
// columns]. The weights of a panel are packed as such tiles, padded with zeros. A block of two tiles of rows and two
// tiles of columns is accumulated over a part of the inner dimension, whose weights the next block of rows then finds
// in the first- or second-level cache.
//
// The processor multiplies tiles while it executes other instructions. Therefore the epilogue of a block (scales, bias,
// activation, residual) runs a few rows at a time between the instructions for the next block.
//
// int8 sums are exact. In bfloat16, the instruction adds the sum of 16 even and the sum of 16 odd products, and then
// adds the result to the preceding sum. All elements are summed by the same sequence of instructions, so they are
// bitwise equal regardless of the block.

#pragma once

#include "Products.h"

enum {
    /// The rows and the bytes of a row of a tile, and the 32-bit elements in a row.
    TILE_HEIGHT = 16,
    TILE_WIDTH = 64,
    TILE_COLUMNS = 16,
    TILE_SIZE = TILE_HEIGHT * TILE_WIDTH,
    /// The columns of a panel: two tiles.
    BLOCK_COLUMNS = 2 * TILE_COLUMNS,
    /// The rows of a block, and the bytes of its sums.
    BLOCK_HEIGHT = 2 * TILE_HEIGHT,
    BLOCK_SIZE = BLOCK_HEIGHT * BLOCK_COLUMNS * 4,
    /// The bytes of the weights of a step of the inner dimension, and the maximum number of steps in a part of a panel.
    /// Although the weights of 24 steps fill a first-level cache of 48 KiB, smaller parts are slower.
    STEP_SIZE = 2 * TILE_SIZE,
    PART_STEPS = 24,
    /// The rows whose epilogue is computed together.
    FINISHED_ROWS = 4,
};

/// The number of steps of the inner dimension, each of which multiplies 64 bytes of a row.
INLINE ptrdiff_t tile_steps(bert_product_type type, ptrdiff_t inner) {
    const ptrdiff_t step = TILE_WIDTH / element_size(type);
    return (inner + step - 1) / step;
}

/// The bytes between the converted rows. The number of cache lines is odd, so that the rows of a tile are in different
/// sets of the first-level cache.
INLINE ptrdiff_t tile_stride(ptrdiff_t steps) { return (steps | 1) * TILE_WIDTH; }

/// The division of rows into tiles of the same height, with less than a row of padding per tile.
typedef struct {
    ptrdiff_t count, height;
} row_tiles;

INLINE row_tiles tiles_of_rows(ptrdiff_t rows) {
    const ptrdiff_t count = (rows + TILE_HEIGHT - 1) / TILE_HEIGHT;
    return (row_tiles){count, count > 0 ? (rows + count - 1) / count : 0};
}

// MARK: Packing

/// Packs 64 bytes of the inner dimension of 16 columns: transposes their groups of 4 bytes.
INLINE void pack_tile(vfloat columns[LANES], char *tile) {
    transpose(columns);
#pragma clang loop unroll(full)
    for (int i = 0; i < LANES; i++) store((float *)(tile + i * TILE_WIDTH), columns[i]);
}

/// Returns up to 32 elements rounded to bfloat16, in order, and zeros after them.
INLINE vfloat rounded_pairs(const float *x, ptrdiff_t step, ptrdiff_t n) {
    float some[2 * LANES] = {0};
    if (step != 1) {
        for (ptrdiff_t i = 0; i < n; i++) some[i] = x[i * step];
        x = some;
        n = 2 * LANES;
    }
    const vshort halves[2] = {float_to_bfloat(load_some(x, n)), float_to_bfloat(load_some(x + LANES, n - LANES))};
    vfloat both;
    memcpy(&both, halves, sizeof both);
    return both;
}

static void pack_bfloat_tiles(ptrdiff_t inner, ptrdiff_t columns, const float *w, ptrdiff_t step, ptrdiff_t ldw,
                              char *packed) {
    enum { DEPTH = TILE_WIDTH / 2 };
    for (ptrdiff_t k = 0; k < inner; k += DEPTH)
        for (ptrdiff_t first = 0; first < BLOCK_COLUMNS; first += TILE_COLUMNS, packed += TILE_SIZE) {
            const ptrdiff_t depth = inner - k < DEPTH ? inner - k : DEPTH, left = columns - first;
            const float *corner = w + k * step + first * ldw;
            if (left <= 0) {
                memset(packed, 0, TILE_SIZE);
            } else if (ldw == 1) {
                for (ptrdiff_t i = 0; i < DEPTH; i += 2) {
                    const vshort even = float_to_bfloat(load_some(corner + i * step, i < depth ? left : 0));
                    const vshort odd = float_to_bfloat(load_some(corner + (i + 1) * step, i + 1 < depth ? left : 0));
                    const vuint low = __builtin_convertvector(even, vuint), high = __builtin_convertvector(odd, vuint);
                    store((float *)(packed + i / 2 * TILE_WIDTH), (vfloat)(low | high << 16));
                }
            } else {
                vfloat rows[LANES];
                for (ptrdiff_t i = 0; i < TILE_COLUMNS; i++)
                    rows[i] = i < left ? rounded_pairs(corner + i * ldw, step, depth) : splat(0);
                pack_tile(rows, packed);
            }
        }
}

static void pack_integer_tiles(ptrdiff_t inner, ptrdiff_t columns, const float *w, ptrdiff_t ldw, char *packed,
                               float *scales, int32_t *sums) {
    float factors[BLOCK_COLUMNS];
    bool has_integers[BLOCK_COLUMNS] = {false};
    for (ptrdiff_t i = 0; i < columns; i++) {
        has_integers[i] = weight_factor(inner, w + i * ldw, factors + i, scales + i);
        sums[i] = 0;
    }
    for (ptrdiff_t k = 0; k < inner; k += TILE_WIDTH)
        for (ptrdiff_t first = 0; first < BLOCK_COLUMNS; first += TILE_COLUMNS, packed += TILE_SIZE) {
            const ptrdiff_t depth = inner - k < TILE_WIDTH ? inner - k : TILE_WIDTH;
            vfloat rows[LANES];
            for (ptrdiff_t i = 0; i < TILE_COLUMNS; i++) {
                const ptrdiff_t column = first + i;
                int8_t integers[TILE_WIDTH] = {0};
                if (has_integers[column]) {
                    quantize_weight_row(depth, w + column * ldw + k, factors[column], integers);
                    for (int j = 0; j < TILE_WIDTH; j++) sums[column] += integers[j];
                }
                memcpy(&rows[i], integers, sizeof integers);
            }
            pack_tile(rows, packed);
        }
}

// MARK: Blocks

typedef struct {
    tile_context context;
    /// The division of the rows.
    row_tiles tiles;
    /// The sums of two blocks, whose epilogues are being computed and come next, and the current one.
    float *results[2];
    int current;
    /// The position of the block whose epilogue is being computed, its rows, and how many of them are complete.
    ptrdiff_t row, column, rows, done;
} tile_product;

/// Computes the results of `rows` rows (a constant) of the finished block.
INLINE void finish_rows(int rows, const tile_product *t) {
    const float *stored = t->results[1 - t->current] + t->done * BLOCK_COLUMNS;
    const ptrdiff_t row = t->row + t->done;
    float_tile sums;
    FOR_TILE(rows, 2) sums[i][u] = load(stored + i * BLOCK_COLUMNS + u * LANES);
    if (t->context.product->type == BERT_PRODUCT_INT8) {
        integer_tile integers;
        FOR_TILE(rows, 2) integers[i][u] = bits(sums[i][u]);
        scale_integers(rows, 2, &t->context, row, t->column, integers, sums);
    } else if (t->context.product->scale != 1)
        FOR_TILE(rows, 2) sums[i][u] = sums[i][u] * t->context.product->scale;
    finish(rows, 2, &t->context, row, t->column, sums);
}

/// Computes at least `count` rows of results of the finished block, if there are as many.
static __attribute__((noinline)) void finish_some(tile_product *t, ptrdiff_t count) {
    const ptrdiff_t end = t->done + count < t->rows ? t->done + count : t->rows;
    while (t->done < end)
        if (t->rows - t->done >= FINISHED_ROWS) {
            finish_rows(FINISHED_ROWS, t);
            t->done += FINISHED_ROWS;
        } else {
            finish_rows(1, t);
            t->done++;
        }
}

/// Configures tiles of `height` rows for sums (0 to 3) and inputs (4 and 5), and tiles of weights (6 and 7). The thread
/// has tile registers until `_tile_release`.
INLINE void load_tile_shapes(ptrdiff_t height) {
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } shapes = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        shapes.row_bytes[i] = TILE_WIDTH;
        shapes.rows[i] = i < 6 ? (uint8_t)height : TILE_HEIGHT;
    }
    _tile_loadconfig(&shapes);
}

/// Adds the products of a part of a panel to the sums of a block of `tall` (a constant) tiles of rows, with a distance
/// of `height` rows.
///
/// - `x`: the inputs, with `stride` bytes between rows.
/// - `from`: the sums of the preceding parts, with `line` bytes between rows, or NULL for the first part.
/// - `to`: the new sums.
/// - `t`: the finished block whose epilogue is computed meanwhile, or NULL.
/// - `ahead`: where to prefetch a number of cache lines for each step.
INLINE void multiply_block(int tall, bert_product_type type, ptrdiff_t steps, const char *x, ptrdiff_t stride,
                           ptrdiff_t height, const char *weights, const float *from, float *to, ptrdiff_t line,
                           tile_product *t, const char *ahead, ptrdiff_t lines) {
    const ptrdiff_t below = height * line / 4;
    if (from) {
        _tile_loadd(0, from, line);
        _tile_loadd(1, from + TILE_COLUMNS, line);
        if (tall > 1) {
            _tile_loadd(2, from + below, line);
            _tile_loadd(3, from + below + TILE_COLUMNS, line);
        }
    } else {
        _tile_zero(0);
        _tile_zero(1);
        if (tall > 1) {
            _tile_zero(2);
            _tile_zero(3);
        }
    }
#define MULTIPLY(sums, inputs, columns)                                                                               \
    if (type == BERT_PRODUCT_INT8)                                                                                    \
        _tile_dpbusd(sums, inputs, columns);                                                                          \
    else                                                                                                              \
        _tile_dpbf16ps(sums, inputs, columns)
    for (ptrdiff_t step = 0; step < steps; step++, x += TILE_WIDTH, weights += STEP_SIZE) {
        _tile_loadd(4, x, stride);
        _tile_loadd(6, weights, TILE_WIDTH);
        MULTIPLY(0, 4, 6);
        _tile_loadd(7, weights + TILE_SIZE, TILE_WIDTH);
        MULTIPLY(1, 4, 7);
        if (tall > 1) {
            _tile_loadd(5, x + height * stride, stride);
            MULTIPLY(2, 5, 6);
            MULTIPLY(3, 5, 7);
        }
        for (ptrdiff_t i = 0; i < lines; i++, ahead += 64) __builtin_prefetch(ahead, 0, 2);
        if (t && t->done < t->rows) finish_some(t, (t->rows - t->done + steps - step - 1) / (steps - step));
    }
#undef MULTIPLY
    _tile_stored(0, to, line);
    _tile_stored(1, to + TILE_COLUMNS, line);
    if (tall > 1) {
        _tile_stored(2, to + below, line);
        _tile_stored(3, to + below + TILE_COLUMNS, line);
    }
}

INLINE void multiply_blocks(bert_product_type type, tile_product *t) {
    const bert_product *p = t->context.product;
    const ptrdiff_t all = tile_steps(type, p->inner);
    const ptrdiff_t parts = all > PART_STEPS ? (all + PART_STEPS - 1) / PART_STEPS : 1;
    const ptrdiff_t height = t->tiles.height, blocks = (t->tiles.count + 1) / 2;
    const char *weights = p->weights;
    for (ptrdiff_t column = 0; column < p->columns; column += BLOCK_COLUMNS)
        for (ptrdiff_t part = 0; part < parts; part++) {
            const ptrdiff_t first = all * part / parts, steps = all * (part + 1) / parts - first;
            const bool begins = part == 0, ends = part == parts - 1;
            // A part of about the same size is prefetched while up to four blocks use this one. Nothing is prefetched
            // after the last part of the last panel.
            const bool is_last = ends && column + BLOCK_COLUMNS >= p->columns;
            const ptrdiff_t shares = blocks < 4 ? blocks : 4, lines = STEP_SIZE / 64 / shares;
            const char *next = is_last ? weights : weights + steps * STEP_SIZE;
            for (ptrdiff_t block = 0; block < blocks; block++) {
                const ptrdiff_t row = 2 * block * height;
                const char *x = (const char *)t->context.x + row * t->context.stride + first * TILE_WIDTH;
                const char *ahead = next + block * lines * 64 * steps;
                float *stored = t->context.sums + row * BLOCK_COLUMNS;
                const float *from = begins ? NULL : stored;
                float *to = ends ? t->results[t->current] : stored;
                const ptrdiff_t fetched = block < shares && !is_last ? lines : 0, line = BLOCK_COLUMNS * 4;
                const ptrdiff_t stride = t->context.stride;
                if (2 * block + 1 < t->tiles.count)
                    multiply_block(2, type, steps, x, stride, height, weights, from, to, line, t, ahead, fetched);
                else
                    multiply_block(1, type, steps, x, stride, height, weights, from, to, line, t, ahead, fetched);
                if (ends) {
                    finish_some(t, t->rows - t->done);
                    t->current = 1 - t->current;
                    t->row = row;
                    t->column = column;
                    t->done = 0;
                    t->rows = p->rows - row < 2 * height ? p->rows - row : 2 * height;
                }
            }
            weights += steps * STEP_SIZE;
        }
    finish_some(t, t->rows - t->done);
}

// MARK: Kernels

static ptrdiff_t tile_panel_columns(bert_product_type type) {
    return type == BERT_PRODUCT_FLOAT32 ? panel_columns(type) : BLOCK_COLUMNS;
}

static ptrdiff_t tile_tile_rows(bert_product_type type) {
    return type == BERT_PRODUCT_FLOAT32 ? tile_rows(type) : BLOCK_HEIGHT;
}

static ptrdiff_t tile_panel_size(bert_product_type type, ptrdiff_t inner) {
    return type == BERT_PRODUCT_FLOAT32 ? panel_size(type, inner) : tile_steps(type, inner) * STEP_SIZE;
}

static void tile_pack_panel(bert_product_type type, ptrdiff_t inner, ptrdiff_t columns, const float *w, ptrdiff_t step,
                            ptrdiff_t ldw, void *packed, float *scales, int32_t *sums) {
    switch (type) {
        case BERT_PRODUCT_FLOAT32: pack_panel(type, inner, columns, w, step, ldw, packed, scales, sums); break;
        case BERT_PRODUCT_BFLOAT16: pack_bfloat_tiles(inner, columns, w, step, ldw, packed); break;
        case BERT_PRODUCT_INT8: pack_integer_tiles(inner, columns, w, ldw, packed, scales, sums); break;
    }
}

/// The memory is for two blocks of results, incomplete sums, converted inputs, and their scales and zero points.
static ptrdiff_t tile_multiply_scratch(bert_product_type type, ptrdiff_t rows, ptrdiff_t inner) {
    if (type == BERT_PRODUCT_FLOAT32) return multiply_scratch(type, rows, inner);
    const row_tiles tiles = tiles_of_rows(rows);
    const ptrdiff_t padded = tiles.count * tiles.height, stride = tile_stride(tile_steps(type, inner));
    return 64 + 2 * BLOCK_SIZE + padded * (BLOCK_COLUMNS * 4 + stride) + rows * 8;
}

static void tile_multiply(const bert_product *p, void *scratch) {
    if (p->type == BERT_PRODUCT_FLOAT32) {
        multiply(p, scratch);
        return;
    }
    if (p->rows <= 0 || p->columns <= 0) return;
    const row_tiles tiles = tiles_of_rows(p->rows);
    const ptrdiff_t padded = tiles.count * tiles.height, stride = tile_stride(tile_steps(p->type, p->inner));
    char *memory = (char *)(((uintptr_t)scratch + 63) / 64 * 64);
    float *results = (float *)memory, *sums = results + 2 * BLOCK_SIZE / 4;
    char *x = (char *)(sums + padded * BLOCK_COLUMNS);
    float *scales = (float *)(x + padded * stride);
    int32_t *zeros = (int32_t *)(scales + p->rows);
    tile_product t = {
        .context = {.product = p, .x = x, .stride = stride, .scales = scales, .zeros = zeros, .sums = sums},
        .tiles = tiles,
        .results = {results, results + BLOCK_SIZE / 4},
    };
    if (p->type == BERT_PRODUCT_INT8)
        integer_rows(p->rows, p->inner, p->x, p->ldx, (input_integer *)x, stride, NULL, scales, zeros);
    else
        round_rows(p->rows, p->inner, p->x, p->ldx, (input_bfloat *)x, stride / 2);
    memset(x + p->rows * stride, 0, (size_t)((padded - p->rows) * stride));
    load_tile_shapes(tiles.height);
    if (p->type == BERT_PRODUCT_INT8)
        multiply_blocks(BERT_PRODUCT_INT8, &t);
    else
        multiply_blocks(BERT_PRODUCT_BFLOAT16, &t);
    _tile_release();
}

/// The entries of a table for the kernels of this file.
#define BERT_TILE_KERNELS                                                                                             \
    .panel_columns = tile_panel_columns, .tile_rows = tile_tile_rows, .panel_size = tile_panel_size,                  \
    .pack_panel = tile_pack_panel, .multiply_scratch = tile_multiply_scratch, .multiply = tile_multiply
