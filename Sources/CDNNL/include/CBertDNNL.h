/// A small interface to oneDNN's matrix product, for versions 2 and 3 of its C API.
///
/// The caller loads the library at run time, and passes the addresses of its functions in the order of
/// `bert_dnnl_symbol_name`. Functions that can fail return oneDNN's status. 0 is success (see `bert_dnnl_status_name`).
/// All functions can be called concurrently from several threads.
#ifndef BERT_DNNL_H
#define BERT_DNNL_H

#include <stddef.h>
#include <stdint.h>

/// A loaded library.
typedef struct bert_dnnl_library bert_dnnl_library;
/// The memory layout that the library prefers for the weights of a linear layer.
typedef struct bert_dnnl_layout bert_dnnl_layout;
/// A product of matrices of fixed sizes, compiled for this processor.
typedef struct bert_dnnl_product bert_dnnl_product;

/// The result of `dnnl_version`.
typedef struct {
    int32_t major, minor, patch;
    /// The threading runtime that the library was built for, a `bert_dnnl_runtime`.
    uint32_t runtime;
} bert_dnnl_version;

/// A threading runtime that a library was built for.
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
    /// float32 operands and result.
    bert_dnnl_float32,
    /// bfloat16 operands and a float32 result. The bias is float32.
    bert_dnnl_bfloat16,
    /// A uint8 source, int8 weights and an int32 result, without scale and bias.
    bert_dnnl_int8,
} bert_dnnl_precision;

/// The product scale · source · weights + bias, where source is `[rows, inner]` and weights are `[inner, columns]`.
/// Strides are in elements.
typedef struct {
    bert_dnnl_precision precision;
    int64_t rows, inner, columns;
    int64_t source_row_stride, source_column_stride;
    /// Ignored if the weights have a layout.
    int64_t weights_row_stride, weights_column_stride;
    int64_t destination_row_stride;
    float scale;
    int32_t has_bias;
} bert_dnnl_shape;

/// Calls `dnnl_version` at this address.
bert_dnnl_version bert_dnnl_read_version(const void *dnnl_version_address);

/// Returns the number of functions used from a version of the library, or 0 for an unknown version.
int32_t bert_dnnl_symbol_count(int32_t major);
/// Returns the name of a function.
const char *bert_dnnl_symbol_name(int32_t major, int32_t index);
/// Returns whether a function is required.
int32_t bert_dnnl_symbol_is_required(int32_t major, int32_t index);

/// Creates an engine on the processor. `symbols` has the addresses of the functions, and NULL for a missing optional
/// function.
int32_t bert_dnnl_open(int32_t major, void *const *symbols, bert_dnnl_library **library);
void bert_dnnl_close(bert_dnnl_library *library);
/// Returns the instruction set that the library uses, in oneDNN's spelling, or NULL if it is unknown.
const char *bert_dnnl_instruction_set(const bert_dnnl_library *library);
/// Returns the name of a status.
const char *bert_dnnl_status_name(int32_t status);

/// Creates the best layout for weights `[inner, columns]` in products of about `rows` rows.
int32_t bert_dnnl_layout_create(
    bert_dnnl_library *library, bert_dnnl_precision precision, int64_t rows, int64_t inner, int64_t columns,
    bert_dnnl_layout **layout);
void bert_dnnl_layout_destroy(bert_dnnl_layout *layout);
/// Returns whether plain row-major or column-major weights are the best layout. They then need no packing.
int32_t bert_dnnl_layout_is_plain(const bert_dnnl_layout *layout);
/// Returns the size of packed weights in bytes.
size_t bert_dnnl_layout_size(const bert_dnnl_layout *layout);
/// Returns the number of columns of a panel. Packed weights consist of consecutive panels. Returns the number of all
/// columns if packed weights can't be divided.
int64_t bert_dnnl_layout_panel_columns(const bert_dnnl_layout *layout);
/// Returns the number of bytes from one panel to the next.
size_t bert_dnnl_layout_panel_size(const bert_dnnl_layout *layout);
/// Packs `columns` columns. `weights` is the address of the first column in `[columns, inner]`, and `packed` the
/// address of the panel that starts with it. The weights are int8 if the layout has this precision, and float32
/// otherwise.
int32_t bert_dnnl_layout_pack(const bert_dnnl_layout *layout, int64_t columns, const void *weights, void *packed);

/// Compiles a product. With a layout, the weights are packed, and their columns start at a panel.
int32_t bert_dnnl_product_create(
    bert_dnnl_library *library, const bert_dnnl_shape *shape, const bert_dnnl_layout *layout, bert_dnnl_product **product);
void bert_dnnl_product_destroy(bert_dnnl_product *product);
/// Returns the size of the scratch memory that a call needs, in bytes.
size_t bert_dnnl_product_scratch_size(const bert_dnnl_product *product);
/// Returns the name of the implementation that the library chose.
const char *bert_dnnl_product_implementation(const bert_dnnl_product *product);
/// Computes a product on the calling thread alone. `bias` is ignored if the shape has no bias.
int32_t bert_dnnl_product_run(
    bert_dnnl_product *product, const void *source, const void *weights, const float *bias, void *destination,
    void *scratch);

/// Copies rows, and adds the rows of `residual` if it isn't NULL. Strides are in elements.
void bert_dnnl_copy_rows(
    const float *source, int64_t source_stride, const float *residual, float *destination,
    int64_t destination_stride, int64_t rows, int64_t columns);

#endif
