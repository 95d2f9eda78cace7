/// oneDNN's matrix product behind one small set of functions, for versions 2 and 3 of its C API.
///
/// The library is opened at run time by whoever calls this; what is needed of it is handed over as addresses, in the order
/// of `cdnnl_symbol_name`. Functions that can fail give oneDNN's status: 0 is success (see `cdnnl_status_name`).
/// All of them may be called from several threads at once.
#ifndef CDNNL_H
#define CDNNL_H

#include <stddef.h>
#include <stdint.h>

/// An opened library.
typedef struct cdnnl_library cdnnl_library;
/// How the library wants the weights of a linear layer to lie in memory.
typedef struct cdnnl_layout cdnnl_layout;
/// A product of matrices of fixed sizes, compiled for this processor.
typedef struct cdnnl_product cdnnl_product;

/// What `dnnl_version` says.
typedef struct {
    int32_t major, minor, patch;
    /// Whose threads the library was built for: a `cdnnl_runtime`.
    uint32_t runtime;
} cdnnl_version;

/// The threads a library was built for.
enum cdnnl_runtime {
    cdnnl_runtime_none = 0,
    cdnnl_runtime_sequential = 1,
    cdnnl_runtime_openmp = 2,
    cdnnl_runtime_tbb = 4,
    cdnnl_runtime_threadpool = 8,
    cdnnl_runtime_sycl = 512,
};

/// The element types of a product's operands.
typedef enum {
    /// float32 in, float32 out.
    cdnnl_float32,
    /// bfloat16 in, float32 out; the bias is float32.
    cdnnl_bfloat16,
    /// uint8 source, int8 weights, int32 out, without scale and bias.
    cdnnl_int8,
} cdnnl_precision;

/// scale · source · weights + bias: `[rows, inner]` · `[inner, columns]`. Strides are counted in elements.
typedef struct {
    cdnnl_precision precision;
    int64_t rows, inner, columns;
    int64_t source_row_stride, source_column_stride;
    /// Not looked at if the weights have a layout.
    int64_t weights_row_stride, weights_column_stride;
    int64_t destination_row_stride;
    float scale;
    int32_t has_bias;
} cdnnl_shape;

/// Calls `dnnl_version` at this address.
cdnnl_version cdnnl_read_version(const void *dnnl_version_address);

/// How many functions a version of the library is asked for; 0 for a version that isn't known.
int32_t cdnnl_symbol_count(int32_t major);
/// The name of a function.
const char *cdnnl_symbol_name(int32_t major, int32_t index);
/// Whether nothing goes without it.
int32_t cdnnl_symbol_is_required(int32_t major, int32_t index);

/// Starts an engine on the processor; `symbols` are the functions' addresses, NULL where an optional one is missing.
int32_t cdnnl_open(int32_t major, void *const *symbols, cdnnl_library **library);
void cdnnl_close(cdnnl_library *library);
/// The instruction set it computes with, as oneDNN spells it, or NULL if it doesn't say.
const char *cdnnl_instruction_set(const cdnnl_library *library);
/// A status in words.
const char *cdnnl_status_name(int32_t status);

/// Asks which layout suits weights `[inner, columns]` best, in products of about `rows` rows.
int32_t cdnnl_layout_create(
    cdnnl_library *library, cdnnl_precision precision, int64_t rows, int64_t inner, int64_t columns,
    cdnnl_layout **layout);
void cdnnl_layout_destroy(cdnnl_layout *layout);
/// Whether plain row-major or column-major weights are what suits best: then they need no packing.
int32_t cdnnl_layout_is_plain(const cdnnl_layout *layout);
/// The bytes of packed weights.
size_t cdnnl_layout_size(const cdnnl_layout *layout);
/// Packed weights are panels of this many columns, one after the other; all columns if they can't be taken apart.
int64_t cdnnl_layout_panel_columns(const cdnnl_layout *layout);
/// The bytes from one panel to the next.
size_t cdnnl_layout_panel_size(const cdnnl_layout *layout);
/// Packs `columns` columns; `weights` is where they begin in `[columns, inner]`, `packed` the panel they begin. They are
/// int8 for a layout of that precision, float32 for any other.
int32_t cdnnl_layout_pack(const cdnnl_layout *layout, int64_t columns, const void *weights, void *packed);

/// Compiles a product. With a layout the weights are packed, and their columns begin at a panel.
int32_t cdnnl_product_create(
    cdnnl_library *library, const cdnnl_shape *shape, const cdnnl_layout *layout, cdnnl_product **product);
void cdnnl_product_destroy(cdnnl_product *product);
/// The bytes of working memory that a call needs.
size_t cdnnl_product_scratch_size(const cdnnl_product *product);
/// The name of the implementation that the library chose.
const char *cdnnl_product_implementation(const cdnnl_product *product);
/// Computes on the calling thread alone. `bias` is not looked at if the shape has none.
int32_t cdnnl_product_run(
    cdnnl_product *product, const void *source, const void *weights, const float *bias, void *destination,
    void *scratch);

/// Copies rows, adding those of `residual` if there is one. Strides are counted in elements.
void cdnnl_copy_rows(
    const float *source, int64_t source_stride, const float *residual, float *destination,
    int64_t destination_stride, int64_t rows, int64_t columns);

#endif
