/// The parts of oneDNN's C API that are used, declared by hand, so that building needs only a C compiler.
///
/// `BERT_DNNL_MAJOR` selects the version. `Checks.c` compares the declarations with the real header where it is
/// installed.
#include <stddef.h>
#include <stdint.h>

typedef struct dnnl_engine *dnnl_engine_t;
typedef struct dnnl_stream *dnnl_stream_t;
typedef struct dnnl_memory *dnnl_memory_t;
typedef struct dnnl_primitive *dnnl_primitive_t;
typedef struct dnnl_primitive_desc *dnnl_primitive_desc_t;
typedef struct dnnl_primitive_attr *dnnl_primitive_attr_t;
typedef struct dnnl_post_ops *dnnl_post_ops_t;
typedef const struct dnnl_primitive *const_dnnl_primitive_t;
typedef const struct dnnl_primitive_desc *const_dnnl_primitive_desc_t;
typedef const struct dnnl_primitive_attr *const_dnnl_primitive_attr_t;
typedef const struct dnnl_post_ops *const_dnnl_post_ops_t;

// Enumerations are passed as 32-bit integers.
typedef int32_t dnnl_status_t, dnnl_data_type_t, dnnl_format_tag_t, dnnl_engine_kind_t, dnnl_alg_kind_t, dnnl_query_t,
    dnnl_scratchpad_mode_t, dnnl_fpmath_mode_t, dnnl_cpu_isa_t;

typedef int64_t dnnl_dims_t[12];

typedef struct {
    int arg;
    dnnl_memory_t memory;
} dnnl_exec_arg_t;

typedef struct {
    int major, minor, patch;
    const char *hash;
    unsigned cpu_runtime, gpu_runtime;
} dnnl_version_t;

#if BERT_DNNL_MAJOR == 2
// A structure allocated by the caller in version 2. Only pointers to it are passed. See `BERT_DNNL_DESCRIPTION_SIZE`.
typedef struct bert_dnnl_opaque_description dnnl_memory_desc_t;
typedef struct bert_dnnl_opaque_operation dnnl_matmul_desc_t;
typedef const void *const_dnnl_op_desc_t;
#else
typedef struct dnnl_memory_desc *dnnl_memory_desc_t;
typedef const struct dnnl_memory_desc *const_dnnl_memory_desc_t;
#endif

#define BERT_DNNL_DECLARE(name, value) name = value,
enum { BERT_DNNL_CONSTANTS(BERT_DNNL_DECLARE) };
#undef BERT_DNNL_DECLARE
