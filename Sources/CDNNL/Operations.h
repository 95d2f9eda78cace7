/// One table for each version of the library: what `CBertDNNL.h` declares, without the library's own functions in sight.
#include "CBertDNNL.h"

struct cdnnl_operations {
    int32_t (*open)(void *const *symbols, cdnnl_library **library);
    void (*close)(cdnnl_library *library);
    const char *(*instruction_set)(const cdnnl_library *library);
    int32_t (*layout_create)(
        cdnnl_library *library, cdnnl_precision precision, int64_t rows, int64_t inner, int64_t columns,
        cdnnl_layout **layout);
    void (*layout_destroy)(cdnnl_layout *layout);
    int32_t (*layout_pack)(const cdnnl_layout *layout, int64_t columns, const void *weights, void *packed);
    int32_t (*product_create)(
        cdnnl_library *library, const cdnnl_shape *shape, const cdnnl_layout *layout, cdnnl_product **product);
    void (*product_destroy)(cdnnl_product *product);
    int32_t (*product_run)(
        cdnnl_product *product, const void *source, const void *weights, const float *bias, void *destination,
        void *scratch);
    int32_t symbol_count;
    const char *const *symbol_names;
    const unsigned char *symbol_required;
};

extern const struct cdnnl_operations cdnnl_operations_2;
extern const struct cdnnl_operations cdnnl_operations_3;

// Objects of every version begin like this.

struct cdnnl_library {
    const struct cdnnl_operations *operations;
};

struct cdnnl_layout {
    const struct cdnnl_operations *operations;
    int32_t is_plain;
    size_t size;
    int64_t panel_columns;
    size_t panel_size;
};

struct cdnnl_product {
    const struct cdnnl_operations *operations;
    size_t scratch_size;
    const char *implementation;
};
