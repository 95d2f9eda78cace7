/// Calls the operations of the version an object belongs to.
#include "Operations.h"

static const struct cdnnl_operations *operations(int32_t major) {
    switch (major) {
    case 2: return &cdnnl_operations_2;
    case 3: return &cdnnl_operations_3;
    default: return NULL;
    }
}

cdnnl_version cdnnl_read_version(const void *address) {
    struct version {
        int major, minor, patch;
        const char *hash;
        unsigned cpu_runtime, gpu_runtime;
    };
    const struct version *(*function)(void) = (const struct version *(*)(void))address;
    const struct version *version = function();
    return (cdnnl_version) {version->major, version->minor, version->patch, version->cpu_runtime};
}

int32_t cdnnl_symbol_count(int32_t major) {
    const struct cdnnl_operations *known = operations(major);
    return known ? known->symbol_count : 0;
}

const char *cdnnl_symbol_name(int32_t major, int32_t index) { return operations(major)->symbol_names[index]; }

int32_t cdnnl_symbol_is_required(int32_t major, int32_t index) { return operations(major)->symbol_required[index]; }

int32_t cdnnl_open(int32_t major, void *const *symbols, cdnnl_library **library) {
    return operations(major)->open(symbols, library);
}

void cdnnl_close(cdnnl_library *library) { library->operations->close(library); }

const char *cdnnl_instruction_set(const cdnnl_library *library) {
    return library->operations->instruction_set(library);
}

const char *cdnnl_status_name(int32_t status) {
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

int32_t cdnnl_layout_create(
    cdnnl_library *library, cdnnl_precision precision, int64_t rows, int64_t inner, int64_t columns,
    cdnnl_layout **layout) {
    return library->operations->layout_create(library, precision, rows, inner, columns, layout);
}

void cdnnl_layout_destroy(cdnnl_layout *layout) { layout->operations->layout_destroy(layout); }

int32_t cdnnl_layout_is_plain(const cdnnl_layout *layout) { return layout->is_plain; }

size_t cdnnl_layout_size(const cdnnl_layout *layout) { return layout->size; }

int64_t cdnnl_layout_panel_columns(const cdnnl_layout *layout) { return layout->panel_columns; }

size_t cdnnl_layout_panel_size(const cdnnl_layout *layout) { return layout->panel_size; }

int32_t cdnnl_layout_pack(const cdnnl_layout *layout, int64_t columns, const void *weights, void *packed) {
    return layout->operations->layout_pack(layout, columns, weights, packed);
}

int32_t cdnnl_product_create(
    cdnnl_library *library, const cdnnl_shape *shape, const cdnnl_layout *layout, cdnnl_product **product) {
    return library->operations->product_create(library, shape, layout, product);
}

void cdnnl_product_destroy(cdnnl_product *product) { product->operations->product_destroy(product); }

size_t cdnnl_product_scratch_size(const cdnnl_product *product) { return product->scratch_size; }

const char *cdnnl_product_implementation(const cdnnl_product *product) { return product->implementation; }

int32_t cdnnl_product_run(
    cdnnl_product *product, const void *source, const void *weights, const float *bias, void *destination,
    void *scratch) {
    return product->operations->product_run(product, source, weights, bias, destination, scratch);
}

void cdnnl_copy_rows(
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
