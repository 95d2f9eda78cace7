/// A table of operations for each version of the library. It has the functions of `CBertDNNL.h`, and doesn't refer to
/// the library's own declarations.
#include "CBertDNNL.h"

struct bert_dnnl_operations {
    int32_t (*open)(void *const *symbols, bert_dnnl_library **library);
    void (*close)(bert_dnnl_library *library);
    const char *(*instruction_set)(const bert_dnnl_library *library);
    int32_t (*layout_create)(
        bert_dnnl_library *library, bert_dnnl_precision precision, int64_t rows, int64_t inner, int64_t columns,
        bert_dnnl_layout **layout);
    void (*layout_destroy)(bert_dnnl_layout *layout);
    int32_t (*layout_pack)(const bert_dnnl_layout *layout, int64_t columns, const void *weights, void *packed);
    int32_t (*product_create)(
        bert_dnnl_library *library, const bert_dnnl_shape *shape, const bert_dnnl_layout *layout, bert_dnnl_product **product);
    void (*product_destroy)(bert_dnnl_product *product);
    int32_t (*product_run)(
        bert_dnnl_product *product, const void *source, const void *weights, const float *bias, void *destination,
        void *scratch);
    int32_t symbol_count;
    const char *const *symbol_names;
    const unsigned char *symbol_required;
};

extern const struct bert_dnnl_operations bert_dnnl_operations_2;
extern const struct bert_dnnl_operations bert_dnnl_operations_3;

// The common initial members of the objects of each version.

struct bert_dnnl_library {
    const struct bert_dnnl_operations *operations;
};

struct bert_dnnl_layout {
    const struct bert_dnnl_operations *operations;
    int32_t is_plain;
    size_t size;
    int64_t panel_columns;
    size_t panel_size;
};

struct bert_dnnl_product {
    const struct bert_dnnl_operations *operations;
    size_t scratch_size;
    const char *implementation;
};
