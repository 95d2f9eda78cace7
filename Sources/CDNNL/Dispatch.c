/// Calls the operations of the version that an object belongs to.
#include "Operations.h"

static const struct bert_dnnl_operations *operations(int32_t major) {
    switch (major) {
    case 2: return &bert_dnnl_operations_2;
    case 3: return &bert_dnnl_operations_3;
    default: return NULL;
    }
}

bert_dnnl_version bert_dnnl_read_version(const void *address) {
    struct version {
        int major, minor, patch;
        const char *hash;
        unsigned cpu_runtime, gpu_runtime;
    };
    const struct version *(*function)(void) = (const struct version *(*)(void))address;
    const struct version *version = function();
    return (bert_dnnl_version) {version->major, version->minor, version->patch, version->cpu_runtime};
}

int32_t bert_dnnl_symbol_count(int32_t major) {
    const struct bert_dnnl_operations *known = operations(major);
    return known ? known->symbol_count : 0;
}

const char *bert_dnnl_symbol_name(int32_t major, int32_t index) { return operations(major)->symbol_names[index]; }

int32_t bert_dnnl_symbol_is_required(int32_t major, int32_t index) { return operations(major)->symbol_required[index]; }

int32_t bert_dnnl_open(int32_t major, void *const *symbols, bert_dnnl_library **library) {
    return operations(major)->open(symbols, library);
}

void bert_dnnl_close(bert_dnnl_library *library) { library->operations->close(library); }

const char *bert_dnnl_instruction_set(const bert_dnnl_library *library) {
    return library->operations->instruction_set(library);
}

const char *bert_dnnl_status_name(int32_t status) {
    switch (status) {
    case 0: return "success";
    case 1: return "out of memory";
    case 2: return "invalid arguments";
    case 3: return "not implemented";
    case 5: return "runtime error";
    case 6: return "not required";
    default: return "unknown status";
    }
}

int32_t bert_dnnl_layout_create(
    bert_dnnl_library *library, bert_dnnl_precision precision, int64_t rows, int64_t inner, int64_t columns,
    bert_dnnl_layout **layout) {
    return library->operations->layout_create(library, precision, rows, inner, columns, layout);
}

void bert_dnnl_layout_destroy(bert_dnnl_layout *layout) { layout->operations->layout_destroy(layout); }

int32_t bert_dnnl_layout_is_plain(const bert_dnnl_layout *layout) { return layout->is_plain; }

size_t bert_dnnl_layout_size(const bert_dnnl_layout *layout) { return layout->size; }

int64_t bert_dnnl_layout_panel_columns(const bert_dnnl_layout *layout) { return layout->panel_columns; }

size_t bert_dnnl_layout_panel_size(const bert_dnnl_layout *layout) { return layout->panel_size; }

int32_t bert_dnnl_layout_pack(const bert_dnnl_layout *layout, int64_t columns, const void *weights, void *packed) {
    return layout->operations->layout_pack(layout, columns, weights, packed);
}

int32_t bert_dnnl_product_create(
    bert_dnnl_library *library, const bert_dnnl_shape *shape, const bert_dnnl_layout *layout, bert_dnnl_product **product) {
    return library->operations->product_create(library, shape, layout, product);
}

void bert_dnnl_product_destroy(bert_dnnl_product *product) { product->operations->product_destroy(product); }

size_t bert_dnnl_product_scratch_size(const bert_dnnl_product *product) { return product->scratch_size; }

const char *bert_dnnl_product_implementation(const bert_dnnl_product *product) { return product->implementation; }

int32_t bert_dnnl_product_run(
    bert_dnnl_product *product, const void *source, const void *weights, const float *bias, void *destination,
    void *scratch) {
    return product->operations->product_run(product, source, weights, bias, destination, scratch);
}

void bert_dnnl_copy_rows(
    const float *source, int64_t source_stride, const float *residual, float *destination,
    int64_t destination_stride, int64_t rows, int64_t columns) {
    for (int64_t row = 0; row < rows; row++) {
        const float *from = source + row * source_stride;
        float *to = destination + row * destination_stride;
        if (residual) {
            const float *added = residual + row * destination_stride;
            for (int64_t column = 0; column < columns; column++) to[column] = from[column] + added[column];
        } else {
            for (int64_t column = 0; column < columns; column++) to[column] = from[column];
        }
    }
}
