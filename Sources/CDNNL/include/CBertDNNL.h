/// oneDNN's matrix product behind one small set of functions, for versions 2 and 3 of its C API.
///
/// The library is opened at run time by whoever calls this; what is needed of it is handed over as addresses, in the order
/// of `bert_dnnl_symbol_name`. Functions that can fail give oneDNN's status: 0 is success (see `bert_dnnl_status_name`).
/// All of them may be called from several threads at once.
#ifndef BERT_DNNL_H
#define BERT_DNNL_H

#include <stddef.h>
#include <stdint.h>

/// An opened library.
typedef struct bert_dnnl_library bert_dnnl_library;
/// How the library wants the weights of a linear layer to lie in memory.
typedef struct bert_dnnl_layout bert_dnnl_layout;
/// A product of matrices of fixed sizes, compiled for this processor.
typedef struct bert_dnnl_product bert_dnnl_product;

/// What `dnnl_version` says.
typedef struct {
    int32_t major, minor, patch;
    /// Whose threads the library was built for: a `bert_dnnl_runtime`.
    uint32_t runtime;
} bert_dnnl_version;

/// The threads a library was built for.
enum bert_dnnl_runtime {
    bert_dnnl_runtime_none = 0,
    bert_dnnl_runtime_sequential = 1,
    bert_dnnl_runtime_openmp = 2,
    bert_dnnl_runtime_tbb = 4,
    bert_dnnl_runtime_threadpool = 8,
    bert_dnnl_runtime_sycl = 512,
};

/// The element types of a product's operands.
typedef enum {
    /// float32 in, float32 out.
    bert_dnnl_float32,
    /// bfloat16 in, float32 out; the bias is float32.
    bert_dnnl_bfloat16,
    /// uint8 source, int8 weights, int32 out, without scale and bias.
    bert_dnnl_int8,
} bert_dnnl_precision;

/// scale · source · weights + bias: `[rows, inner]` · `[inner, columns]`. Strides are counted in elements.
typedef struct {
    bert_dnnl_precision precision;
    int64_t rows, inner, columns;
    int64_t source_row_stride, source_column_stride;
    /// Not looked at if the weights have a layout.
    int64_t weights_row_stride, weights_column_stride;
    int64_t destination_row_stride;
    float scale;
    int32_t has_bias;
} bert_dnnl_shape;

/// Calls `dnnl_version` at this address.
bert_dnnl_version bert_dnnl_read_version(const void *dnnl_version_address);

/// How many functions a version of the library is asked for; 0 for a version that isn't known.
int32_t bert_dnnl_symbol_count(int32_t major);
/// The name of a function.
const char *bert_dnnl_symbol_name(int32_t major, int32_t index);
/// Whether nothing goes without it.
int32_t bert_dnnl_symbol_is_required(int32_t major, int32_t index);

/// Starts an engine on the processor; `symbols` are the functions' addresses, NULL where an optional one is missing.
int32_t bert_dnnl_open(int32_t major, void *const *symbols, bert_dnnl_library **library);
void bert_dnnl_close(bert_dnnl_library *library);
/// The instruction set it computes with, as oneDNN spells it, or NULL if it doesn't say.
const char *bert_dnnl_instruction_set(const bert_dnnl_library *library);
/// A status in words.
const char *bert_dnnl_status_name(int32_t status);

/// Asks which layout suits weights `[inner, columns]` best, in products of about `rows` rows.
int32_t bert_dnnl_layout_create(
    bert_dnnl_library *library, bert_dnnl_precision precision, int64_t rows, int64_t inner, int64_t columns,
    bert_dnnl_layout **layout);
void bert_dnnl_layout_destroy(bert_dnnl_layout *layout);
/// Whether plain row-major or column-major weights are what suits best: then they need no packing.
int32_t bert_dnnl_layout_is_plain(const bert_dnnl_layout *layout);
/// The bytes of packed weights.
size_t bert_dnnl_layout_size(const bert_dnnl_layout *layout);
/// Packed weights are panels of this many columns, one after the other; all columns if they can't be taken apart.
int64_t bert_dnnl_layout_panel_columns(const bert_dnnl_layout *layout);
/// The bytes from one panel to the next.
size_t bert_dnnl_layout_panel_size(const bert_dnnl_layout *layout);
/// Packs `columns` columns; `weights` is where they begin in `[columns, inner]`, `packed` the panel they begin. They are
/// int8 for a layout of that precision, float32 for any other.
int32_t bert_dnnl_layout_pack(const bert_dnnl_layout *layout, int64_t columns, const void *weights, void *packed);

/// Compiles a product. With a layout the weights are packed, and their columns begin at a panel.
int32_t bert_dnnl_product_create(
    bert_dnnl_library *library, const bert_dnnl_shape *shape, const bert_dnnl_layout *layout, bert_dnnl_product **product);
void bert_dnnl_product_destroy(bert_dnnl_product *product);
/// The bytes of working memory that a call needs.
size_t bert_dnnl_product_scratch_size(const bert_dnnl_product *product);
/// The name of the implementation that the library chose.
const char *bert_dnnl_product_implementation(const bert_dnnl_product *product);
/// Computes on the calling thread alone. `bias` is not looked at if the shape has none.
int32_t bert_dnnl_product_run(
    bert_dnnl_product *product, const void *source, const void *weights, const float *bias, void *destination,
    void *scratch);

/// Copies rows, adding those of `residual` if there is one. Strides are counted in elements.
void bert_dnnl_copy_rows(
    const float *source, int64_t source_stride, const float *residual, float *destination,
    int64_t destination_stride, int64_t rows, int64_t columns);

#endif
