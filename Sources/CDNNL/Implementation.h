/// The operations, written once for both versions. Differences are enclosed in `#if BERT_DNNL_MAJOR == 2` and `#endif`.
///
/// Every call to the library is made with OpenMP set to one thread. This package's worker threads divide the work, so
/// the library's threads are never started (they would spin alongside the worker threads), and a primitive computes the
/// same result with any number of threads.
#include "Operations.h"

#include "Interface.h"

#include "Declarations.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BERT_DNNL_JOIN(a, b) a##b
#define BERT_DNNL_NAMED(name, major) BERT_DNNL_JOIN(name, major)
#define OPERATIONS BERT_DNNL_NAMED(bert_dnnl_operations_, BERT_DNNL_MAJOR)

#define BERT_DNNL_DECLARE(name, value) name = value,
enum { BERT_DNNL_ARGUMENTS(BERT_DNNL_DECLARE) };
#undef BERT_DNNL_DECLARE

#define BERT_DNNL_ALL_FUNCTIONS(X) BERT_DNNL_FUNCTIONS(X) BERT_DNNL_OPENMP_FUNCTIONS(X)

#define BERT_DNNL_POINTER(required, name, result, parameters) result(*name) parameters;
struct table {
    BERT_DNNL_ALL_FUNCTIONS(BERT_DNNL_POINTER)
};

#define BERT_DNNL_NAME(required, name, result, parameters) #name,
static const char *const symbol_names[] = {BERT_DNNL_ALL_FUNCTIONS(BERT_DNNL_NAME)};
#define BERT_DNNL_REQUIRED(required, name, result, parameters) required,
static const unsigned char symbol_required[] = {BERT_DNNL_ALL_FUNCTIONS(BERT_DNNL_REQUIRED)};
#define SYMBOL_COUNT (sizeof(symbol_names) / sizeof(symbol_names[0]))
_Static_assert(sizeof(struct table) == SYMBOL_COUNT * sizeof(void *), "the table is an array of addresses");

struct library {
    struct bert_dnnl_library common;
    struct table table;
    dnnl_engine_t engine;
};

static const struct library *own(const bert_dnnl_library *library) { return (const struct library *)library; }

// MARK: Single-threaded calls

/// Sets OpenMP to one thread on the calling thread. Returns the previous setting.
static int enter_single_thread(const struct table *table) {
    if (!table->omp_get_max_threads || !table->omp_set_num_threads) return 1;
    int threads = table->omp_get_max_threads();
    if (threads != 1) table->omp_set_num_threads(1);
    return threads;
}

/// Restores the setting of the calling thread, which may use OpenMP for something else.
static void leave_single_thread(const struct table *table, int threads) {
    if (threads != 1) table->omp_set_num_threads(threads);
}

// MARK: Memory descriptors, owned by their creators

#if BERT_DNNL_MAJOR == 2
typedef dnnl_memory_desc_t *description;
#else
typedef dnnl_memory_desc_t description;
#endif

static void free_description(const struct table *table, description description) {
    (void)table;
    if (!description) return;
#if BERT_DNNL_MAJOR == 2
    free(description);
#else
    table->dnnl_memory_desc_destroy(description);
#endif
}

#if BERT_DNNL_MAJOR == 2
/// Returns the memory in `result` if `status` is success, and frees it otherwise.
static dnnl_status_t keep(dnnl_status_t status, description memory, description *result) {
    if (status == dnnl_success) *result = memory;
    else free(memory);
    return status;
}
#endif

static dnnl_status_t describe_strided(
    const struct table *table, dnnl_data_type_t type, int64_t rows, int64_t columns, int64_t row_stride,
    int64_t column_stride, description *result) {
    dnnl_dims_t sizes = {rows, columns}, strides = {row_stride, column_stride};
#if BERT_DNNL_MAJOR == 2
    description memory = calloc(1, BERT_DNNL_DESCRIPTION_SIZE);
    if (!memory) return dnnl_out_of_memory;
    return keep(table->dnnl_memory_desc_init_by_strides(memory, 2, sizes, type, strides), memory, result);
#else
    return table->dnnl_memory_desc_create_with_strides(result, 2, sizes, type, strides);
#endif
}

/// Creates a memory descriptor that leaves the layout to the library.
static dnnl_status_t describe_any(
    const struct table *table, dnnl_data_type_t type, int64_t rows, int64_t columns, description *result) {
    dnnl_dims_t sizes = {rows, columns};
#if BERT_DNNL_MAJOR == 2
    description memory = calloc(1, BERT_DNNL_DESCRIPTION_SIZE);
    if (!memory) return dnnl_out_of_memory;
    return keep(
        table->dnnl_memory_desc_init_by_tag(memory, 2, sizes, type, dnnl_format_tag_any), memory, result);
#else
    return table->dnnl_memory_desc_create_with_tag(result, 2, sizes, type, dnnl_format_tag_any);
#endif
}

/// Creates a memory descriptor of the first `columns` columns of packed weights.
static dnnl_status_t describe_panels(
    const struct table *table, BERT_DNNL_DESCRIPTION whole, int64_t inner, int64_t columns, description *result) {
    dnnl_dims_t sizes = {inner, columns}, offsets = {0, 0};
#if BERT_DNNL_MAJOR == 2
    description memory = calloc(1, BERT_DNNL_DESCRIPTION_SIZE);
    if (!memory) return dnnl_out_of_memory;
    return keep(table->dnnl_memory_desc_init_submemory(memory, whole, sizes, offsets), memory, result);
#else
    return table->dnnl_memory_desc_create_submemory(result, whole, sizes, offsets);
#endif
}

// MARK: Opening

static void close_library(bert_dnnl_library *library) {
    struct library *it = (struct library *)library;
    if (it->engine) it->table.dnnl_engine_destroy(it->engine);
    free(it);
}

static int32_t open_library(void *const *symbols, bert_dnnl_library **library) {
    struct library *it = calloc(1, sizeof *it);
    if (!it) return dnnl_out_of_memory;
    it->common.operations = &OPERATIONS;
    memcpy(&it->table, symbols, sizeof it->table);
    dnnl_status_t status = it->table.dnnl_engine_create(&it->engine, dnnl_cpu, 0);
    // The caller caches products, and limits their number. A second cache would only hold products that the caller has
    // evicted.
    if (status == dnnl_success) status = it->table.dnnl_set_primitive_cache_capacity(0);
    if (status == dnnl_success) *library = &it->common;
    else close_library(&it->common);
    return status;
}

static const char *instruction_set(const bert_dnnl_library *library) {
    const struct table *table = &own(library)->table;
    return table->dnnl_cpu_isa2str ? table->dnnl_cpu_isa2str(table->dnnl_get_effective_cpu_isa()) : NULL;
}

// MARK: Describing a product

/// Appends a multiplication by a scale.
static dnnl_status_t append_scale(const struct table *table, dnnl_post_ops_t operations, float scale) {
#if BERT_DNNL_MAJOR == 2
    return table->dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_linear, scale, 0);
#else
    return table->dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_linear, scale, 0);
#endif
}

/// Creates the attributes of a product: scratch memory from the caller, float32 computed as float32, and the scale.
static dnnl_status_t make_attributes(
    const struct table *table, const bert_dnnl_shape *shape, dnnl_primitive_attr_t *result) {
    dnnl_post_ops_t operations = NULL;
    dnnl_status_t status = table->dnnl_primitive_attr_create(result);
    if (status != dnnl_success) return status;
    status = table->dnnl_primitive_attr_set_scratchpad_mode(*result, dnnl_scratchpad_mode_user);
    if (status == dnnl_success && table->dnnl_primitive_attr_set_fpmath_mode)
        status = table->dnnl_primitive_attr_set_fpmath_mode(*result, dnnl_fpmath_mode_strict);
    if (status == dnnl_success) status = table->dnnl_post_ops_create(&operations);
    if (status == dnnl_success && shape->scale != 1)
        status = append_scale(table, operations, shape->scale);
    if (status == dnnl_success) status = table->dnnl_primitive_attr_set_post_ops(*result, operations);
    if (operations) table->dnnl_post_ops_destroy(operations);
    return status;
}

/// The element types of a precision.
struct types {
    dnnl_data_type_t source, weights, destination;
};

static struct types types_of(bert_dnnl_precision precision) {
    switch (precision) {
    case bert_dnnl_float32: break;
    case bert_dnnl_bfloat16: return (struct types) {dnnl_bf16, dnnl_bf16, dnnl_f32};
    case bert_dnnl_int8: return (struct types) {dnnl_u8, dnnl_s8, dnnl_s32};
    }
    return (struct types) {dnnl_f32, dnnl_f32, dnnl_f32};
}

/// The memory descriptors of a product's operands. The weights have a different owner.
struct operands {
    description source, bias, destination;
    BERT_DNNL_DESCRIPTION weights;
};

static void free_operands(const struct table *table, struct operands *operands) {
    free_description(table, operands->source);
    free_description(table, operands->bias);
    free_description(table, operands->destination);
}

/// Describes all operands except the weights.
static dnnl_status_t describe_operands(
    const struct table *table, const bert_dnnl_shape *shape, struct operands *operands) {
    const struct types types = types_of(shape->precision);
    dnnl_status_t status = describe_strided(
        table, types.source, shape->rows, shape->inner, shape->source_row_stride, shape->source_column_stride,
        &operands->source);
    if (status == dnnl_success && shape->has_bias)
        status = describe_strided(table, dnnl_f32, 1, shape->columns, shape->columns, 1, &operands->bias);
    if (status == dnnl_success)
        status = describe_strided(
            table, types.destination, shape->rows, shape->columns, shape->destination_row_stride, 1,
            &operands->destination);
    return status;
}

static dnnl_status_t describe_product(
    const struct library *library, const bert_dnnl_shape *shape, const struct operands *operands,
    dnnl_primitive_desc_t *result) {
    const struct table *table = &library->table;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_status_t status = make_attributes(table, shape, &attributes);
#if BERT_DNNL_MAJOR == 2
    dnnl_matmul_desc_t *operation = calloc(1, BERT_DNNL_OPERATION_SIZE);
    if (!operation) status = dnnl_out_of_memory;
    if (status == dnnl_success)
        status = table->dnnl_matmul_desc_init(
            operation, operands->source, operands->weights, operands->bias, operands->destination);
    if (status == dnnl_success)
        status = table->dnnl_primitive_desc_create(result, operation, attributes, library->engine, NULL);
    free(operation);
#else
    if (status == dnnl_success)
        status = table->dnnl_matmul_primitive_desc_create(
            result, library->engine, operands->source, operands->weights, operands->bias, operands->destination,
            attributes);
#endif
    if (attributes) table->dnnl_primitive_attr_destroy(attributes);
    return status;
}

// MARK: Layouts

struct layout {
    struct bert_dnnl_layout common;
    const struct library *library;
    bert_dnnl_precision precision;
    int64_t inner, columns;
    /// Owns `weights`.
    dnnl_primitive_desc_t product;
    BERT_DNNL_DESCRIPTION weights;
};

static void layout_destroy(bert_dnnl_layout *layout) {
    struct layout *it = (struct layout *)layout;
    if (it->product) it->library->table.dnnl_primitive_desc_destroy(it->product);
    free(it);
}

/// Creates a product that lets the library choose the layout of the weights.
static dnnl_status_t ask_for_layout(
    const struct library *library, bert_dnnl_precision precision, int64_t rows, int64_t inner, int64_t columns,
    dnnl_primitive_desc_t *result) {
    const bert_dnnl_shape shape = {
        .precision = precision, .rows = rows, .inner = inner, .columns = columns, .source_row_stride = inner,
        .source_column_stride = 1, .destination_row_stride = columns, .scale = 1,
        .has_bias = precision != bert_dnnl_int8};
    struct operands operands = {0};
    description any = NULL;
    dnnl_status_t status = describe_operands(&library->table, &shape, &operands);
    if (status == dnnl_success) status = describe_any(&library->table, types_of(precision).weights, inner, columns, &any);
    operands.weights = any;
    if (status == dnnl_success) status = describe_product(library, &shape, &operands, result);
    free_operands(&library->table, &operands);
    free_description(&library->table, any);
    return status;
}

/// Determines whether the weights are stored by rows or columns without gaps.
static dnnl_status_t check_plain(const struct layout *layout, int32_t *is_plain) {
    const struct table *table = &layout->library->table;
    description rows = NULL, columns = NULL;
    const dnnl_data_type_t type = types_of(layout->precision).weights;
    dnnl_status_t status = describe_strided(table, type, layout->inner, layout->columns, layout->columns, 1, &rows);
    if (status == dnnl_success)
        status = describe_strided(table, type, layout->inner, layout->columns, 1, layout->inner, &columns);
    if (status == dnnl_success)
        *is_plain = table->dnnl_memory_desc_equal(layout->weights, rows)
            || table->dnnl_memory_desc_equal(layout->weights, columns);
    free_description(table, rows);
    free_description(table, columns);
    return status;
}

/// Determines whether the layout is a row of panels of `width` columns.
///
/// This is the case if the library would lay out a single panel the same way as it is laid out within the whole. The
/// stride between blocks, which is part of a descriptor, is then the size of the panel.
static dnnl_status_t check_panels(struct layout *layout, int64_t width) {
    const struct table *table = &layout->library->table;
    dnnl_primitive_desc_t product = NULL;
    description part = NULL;
    dnnl_status_t status = ask_for_layout(layout->library, layout->precision, 64, layout->inner, width, &product);
    if (status == dnnl_success)
        status = describe_panels(table, layout->weights, layout->inner, width, &part);
    if (status == dnnl_success) {
        BERT_DNNL_DESCRIPTION panel = table->dnnl_primitive_desc_query_md(product, dnnl_query_weights_md, 0);
        if (panel && table->dnnl_memory_desc_equal(panel, part)) {
            layout->common.panel_columns = width;
            layout->common.panel_size = table->dnnl_memory_desc_get_size(panel);
        }
    }
    free_description(table, part);
    if (product) table->dnnl_primitive_desc_destroy(product);
    // A width that isn't a multiple of the block size isn't a failure. The layout then has no such panels.
    return status == dnnl_out_of_memory ? status : dnnl_success;
}

/// The memory descriptor of columns of packed weights, starting at a panel.
struct part {
    BERT_DNNL_DESCRIPTION columns;
    /// The owner of the descriptor: one of these, or neither if the layout owns it.
    description description;
    dnnl_primitive_desc_t product;
};

static void free_part(const struct table *table, struct part *part) {
    free_description(table, part->description);
    if (part->product) table->dnnl_primitive_desc_destroy(part->product);
}

static dnnl_status_t describe_part(const struct layout *layout, int64_t columns, struct part *part) {
    const struct table *table = &layout->library->table;
    dnnl_status_t status = dnnl_success;
    int64_t width = layout->common.panel_columns;
    if (columns == layout->columns) {
        part->columns = layout->weights;
    } else if (columns % width == 0) {
        status = describe_panels(table, layout->weights, layout->inner, columns, &part->description);
        part->columns = part->description;
    } else {
        // The last columns don't fill their panel. On their own, they are laid out and padded as they are within the
        // whole.
        status = ask_for_layout(layout->library, layout->precision, 64, layout->inner, columns, &part->product);
        if (status != dnnl_success) return status;
        part->columns = table->dnnl_primitive_desc_query_md(part->product, dnnl_query_weights_md, 0);
        size_t size = (size_t)((columns + width - 1) / width) * layout->common.panel_size;
        if (!part->columns || table->dnnl_memory_desc_get_size(part->columns) != size) status = dnnl_runtime_error;
    }
    return status;
}

static int32_t layout_create(
    bert_dnnl_library *library, bert_dnnl_precision precision, int64_t rows, int64_t inner, int64_t columns,
    bert_dnnl_layout **result) {
    struct layout *it = calloc(1, sizeof *it);
    if (!it) return dnnl_out_of_memory;
    const struct table *table = &own(library)->table;
    it->common.operations = &OPERATIONS;
    it->library = own(library);
    it->precision = precision;
    it->inner = inner;
    it->columns = columns;
    int threads = enter_single_thread(table);
    dnnl_status_t status = ask_for_layout(it->library, precision, rows, inner, columns, &it->product);
    if (status == dnnl_success) {
        it->weights = table->dnnl_primitive_desc_query_md(it->product, dnnl_query_weights_md, 0);
        if (!it->weights) status = dnnl_runtime_error;
    }
    if (status == dnnl_success) status = check_plain(it, &it->common.is_plain);
    if (status == dnnl_success) {
        it->common.size = table->dnnl_memory_desc_get_size(it->weights);
        it->common.panel_columns = columns;
        it->common.panel_size = it->common.size;
        const int64_t widths[] = {64, 48, 32, 16};
        for (int index = 0; index < 4 && !it->common.is_plain && status == dnnl_success; index++)
            if (widths[index] < columns && it->common.panel_columns == columns)
                status = check_panels(it, widths[index]);
    }
    leave_single_thread(table, threads);
    if (status == dnnl_success) *result = &it->common;
    else layout_destroy(&it->common);
    return status;
}

static int32_t layout_pack(const bert_dnnl_layout *layout, int64_t columns, const void *weights, void *packed) {
    const struct layout *it = (const struct layout *)layout;
    const struct table *table = &it->library->table;
    dnnl_engine_t engine = it->library->engine;
    description plain = NULL;
    struct part part = {0};
    dnnl_primitive_desc_t reorder_description = NULL;
    dnnl_primitive_t reorder = NULL;
    dnnl_memory_t from = NULL, to = NULL;
    dnnl_stream_t stream = NULL;
    int threads = enter_single_thread(table);
    const dnnl_data_type_t type = it->precision == bert_dnnl_int8 ? dnnl_s8 : dnnl_f32;
    dnnl_status_t status = describe_strided(table, type, it->inner, columns, 1, it->inner, &plain);
    if (status == dnnl_success) status = describe_part(it, columns, &part);
    if (status == dnnl_success)
        status = table->dnnl_reorder_primitive_desc_create(
            &reorder_description, plain, engine, part.columns, engine, NULL);
    if (status == dnnl_success) status = table->dnnl_primitive_create(&reorder, reorder_description);
    if (status == dnnl_success) status = table->dnnl_memory_create(&from, plain, engine, (void *)weights);
    if (status == dnnl_success) status = table->dnnl_memory_create(&to, part.columns, engine, packed);
    if (status == dnnl_success) status = table->dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
    if (status == dnnl_success) {
        // `DNNL_ARG_FROM` and `DNNL_ARG_TO` have the values of `DNNL_ARG_SRC` and `DNNL_ARG_DST`.
        const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}};
        status = table->dnnl_primitive_execute(reorder, stream, 2, arguments);
    }
    if (status == dnnl_success) status = table->dnnl_stream_wait(stream);
    if (stream) table->dnnl_stream_destroy(stream);
    if (to) table->dnnl_memory_destroy(to);
    if (from) table->dnnl_memory_destroy(from);
    if (reorder) table->dnnl_primitive_destroy(reorder);
    if (reorder_description) table->dnnl_primitive_desc_destroy(reorder_description);
    free_part(table, &part);
    free_description(table, plain);
    leave_single_thread(table, threads);
    return status;
}

// MARK: Products

/// The objects with which a thread runs a product.
struct call {
    struct call *next;
    dnnl_stream_t stream;
    dnnl_memory_t source, weights, bias, destination, scratch;
    const void *weights_address;
};

struct product {
    struct bert_dnnl_product common;
    const struct library *library;
    struct operands operands;
    /// Owns the descriptor of the weights.
    struct part weights;
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    /// Calls that aren't used by a thread.
    struct call *idle;
    pthread_mutex_t mutex;
};

static void free_call(const struct product *product, struct call *call) {
    const struct table *table = &product->library->table;
    if (call->stream) table->dnnl_stream_destroy(call->stream);
    if (call->source) table->dnnl_memory_destroy(call->source);
    if (call->weights) table->dnnl_memory_destroy(call->weights);
    if (call->bias) table->dnnl_memory_destroy(call->bias);
    if (call->destination) table->dnnl_memory_destroy(call->destination);
    if (call->scratch) table->dnnl_memory_destroy(call->scratch);
    free(call);
}

static void product_destroy(bert_dnnl_product *product) {
    struct product *it = (struct product *)product;
    const struct table *table = &it->library->table;
    while (it->idle) {
        struct call *call = it->idle;
        it->idle = call->next;
        free_call(it, call);
    }
    if (it->primitive) table->dnnl_primitive_destroy(it->primitive);
    if (it->description) table->dnnl_primitive_desc_destroy(it->description);
    free_operands(table, &it->operands);
    free_part(table, &it->weights);
    pthread_mutex_destroy(&it->mutex);
    free(it);
}

static dnnl_status_t describe_weights(
    const struct table *table, const bert_dnnl_shape *shape, const struct layout *layout, struct part *part) {
    if (layout) return describe_part(layout, shape->columns, part);
    dnnl_status_t status = describe_strided(
        table, types_of(shape->precision).weights, shape->inner, shape->columns, shape->weights_row_stride,
        shape->weights_column_stride, &part->description);
    part->columns = part->description;
    return status;
}

static int32_t product_create(
    bert_dnnl_library *library, const bert_dnnl_shape *shape, const bert_dnnl_layout *layout, bert_dnnl_product **result) {
    struct product *it = calloc(1, sizeof *it);
    if (!it) return dnnl_out_of_memory;
    const struct table *table = &own(library)->table;
    it->common.operations = &OPERATIONS;
    it->library = own(library);
    pthread_mutex_init(&it->mutex, NULL);
    int threads = enter_single_thread(table);
    dnnl_status_t status = describe_operands(table, shape, &it->operands);
    if (status == dnnl_success)
        status = describe_weights(table, shape, (const struct layout *)layout, &it->weights);
    it->operands.weights = it->weights.columns;
    if (status == dnnl_success) status = describe_product(it->library, shape, &it->operands, &it->description);
    if (status == dnnl_success) status = table->dnnl_primitive_create(&it->primitive, it->description);
    if (status == dnnl_success) {
        BERT_DNNL_DESCRIPTION scratch = table->dnnl_primitive_desc_query_md(it->description, dnnl_query_scratchpad_md, 0);
        if (scratch) it->common.scratch_size = table->dnnl_memory_desc_get_size(scratch);
        const char *name = NULL;
        table->dnnl_primitive_desc_query(it->description, dnnl_query_impl_info_str, 0, &name);
        it->common.implementation = name ? name : "";
    }
    leave_single_thread(table, threads);
    if (status == dnnl_success) *result = &it->common;
    else product_destroy(&it->common);
    return status;
}

static dnnl_status_t make_call(
    const struct product *product, const void *source, const void *weights, const float *bias, void *destination,
    void *scratch, struct call **result) {
    struct call *it = calloc(1, sizeof *it);
    if (!it) return dnnl_out_of_memory;
    const struct table *table = &product->library->table;
    dnnl_engine_t engine = product->library->engine;
    const struct operands *operands = &product->operands;
    dnnl_status_t status = table->dnnl_stream_create(&it->stream, engine, dnnl_stream_default_flags);
    if (status == dnnl_success)
        status = table->dnnl_memory_create(&it->source, operands->source, engine, (void *)source);
    if (status == dnnl_success)
        status = table->dnnl_memory_create(&it->weights, operands->weights, engine, (void *)weights);
    if (status == dnnl_success && operands->bias)
        status = table->dnnl_memory_create(&it->bias, operands->bias, engine, (void *)bias);
    if (status == dnnl_success)
        status = table->dnnl_memory_create(&it->destination, operands->destination, engine, destination);
    if (status == dnnl_success && product->common.scratch_size > 0) {
        BERT_DNNL_DESCRIPTION description =
            table->dnnl_primitive_desc_query_md(product->description, dnnl_query_scratchpad_md, 0);
        status = table->dnnl_memory_create(&it->scratch, description, engine, scratch);
    }
    it->weights_address = weights;
    if (status == dnnl_success) *result = it;
    else free_call(product, it);
    return status;
}

static dnnl_status_t renew_call(
    const struct table *table, struct call *call, const void *source, const void *weights, const float *bias,
    void *destination, void *scratch) {
    dnnl_status_t status = table->dnnl_memory_set_data_handle(call->source, (void *)source);
    // Setting the weights makes the library write zeros to their padding, which takes time.
    if (status == dnnl_success && weights != call->weights_address)
        status = table->dnnl_memory_set_data_handle(call->weights, (void *)weights);
    if (status == dnnl_success) call->weights_address = weights;
    if (status == dnnl_success && call->bias)
        status = table->dnnl_memory_set_data_handle(call->bias, (void *)bias);
    if (status == dnnl_success) status = table->dnnl_memory_set_data_handle(call->destination, destination);
    if (status == dnnl_success && call->scratch)
        status = table->dnnl_memory_set_data_handle(call->scratch, scratch);
    return status;
}

static dnnl_status_t execute(const struct product *product, struct call *call) {
    const struct table *table = &product->library->table;
    dnnl_exec_arg_t arguments[5] = {
        {DNNL_ARG_SRC, call->source}, {DNNL_ARG_WEIGHTS, call->weights}, {DNNL_ARG_DST, call->destination}};
    int count = 3;
    if (call->bias) arguments[count++] = (dnnl_exec_arg_t) {DNNL_ARG_BIAS, call->bias};
    if (call->scratch) arguments[count++] = (dnnl_exec_arg_t) {DNNL_ARG_SCRATCHPAD, call->scratch};
    dnnl_status_t status = table->dnnl_primitive_execute(product->primitive, call->stream, count, arguments);
    return status == dnnl_success ? table->dnnl_stream_wait(call->stream) : status;
}

static int32_t product_run(
    bert_dnnl_product *product, const void *source, const void *weights, const float *bias, void *destination,
    void *scratch) {
    struct product *it = (struct product *)product;
    const struct table *table = &it->library->table;
    pthread_mutex_lock(&it->mutex);
    struct call *call = it->idle;
    if (call) it->idle = call->next;
    pthread_mutex_unlock(&it->mutex);
    int threads = enter_single_thread(table);
    dnnl_status_t status = call
        ? renew_call(table, call, source, weights, bias, destination, scratch)
        : make_call(it, source, weights, bias, destination, scratch, &call);
    if (status == dnnl_success) status = execute(it, call);
    leave_single_thread(table, threads);
    if (call) {
        pthread_mutex_lock(&it->mutex);
        call->next = it->idle;
        it->idle = call;
        pthread_mutex_unlock(&it->mutex);
    }
    return status;
}

const struct bert_dnnl_operations OPERATIONS = {
    .open = open_library,
    .close = close_library,
    .instruction_set = instruction_set,
    .layout_create = layout_create,
    .layout_destroy = layout_destroy,
    .layout_pack = layout_pack,
    .product_create = product_create,
    .product_destroy = product_destroy,
    .product_run = product_run,
    .symbol_count = SYMBOL_COUNT,
    .symbol_names = symbol_names,
    .symbol_required = symbol_required,
};
