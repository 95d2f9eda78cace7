/// The constants and functions of oneDNN that are used, as lists of `X(name, value)` and `X(required, name, result,
/// parameters)`. `BERT_DNNL_MAJOR` selects the version.

#define BERT_DNNL_COMMON_CONSTANTS(X) \
    X(dnnl_success, 0) \
    X(dnnl_out_of_memory, 1) \
    X(dnnl_invalid_arguments, 2) \
    X(dnnl_unimplemented, 3) \
    X(dnnl_runtime_error, 5) \
    X(dnnl_not_required, 6) \
    X(dnnl_cpu, 1) \
    X(dnnl_bf16, 2) \
    X(dnnl_f32, 3) \
    X(dnnl_s32, 4) \
    X(dnnl_s8, 5) \
    X(dnnl_u8, 6) \
    X(dnnl_format_tag_any, 1) \
    X(dnnl_scratchpad_mode_user, 1) \
    X(dnnl_fpmath_mode_strict, 0) \
    X(dnnl_stream_default_flags, 1) \
    X(dnnl_query_impl_info_str, 8) \
    X(dnnl_query_weights_md, 131) \
    X(dnnl_query_scratchpad_md, 136)

#if BERT_DNNL_MAJOR == 2
#define BERT_DNNL_CONSTANTS(X) \
    BERT_DNNL_COMMON_CONSTANTS(X) \
    X(dnnl_eltwise_linear, 127)
#else
#define BERT_DNNL_CONSTANTS(X) \
    BERT_DNNL_COMMON_CONSTANTS(X) \
    X(dnnl_eltwise_linear, 38)
#endif

/// Argument indices, which are macros in the real header.
#define BERT_DNNL_ARGUMENTS(X) \
    X(DNNL_ARG_SRC, 1) \
    X(DNNL_ARG_DST, 17) \
    X(DNNL_ARG_WEIGHTS, 33) \
    X(DNNL_ARG_BIAS, 41) \
    X(DNNL_ARG_SCRATCHPAD, 80)

#if BERT_DNNL_MAJOR == 2
#define BERT_DNNL_DESCRIPTION const dnnl_memory_desc_t *
#else
#define BERT_DNNL_DESCRIPTION const_dnnl_memory_desc_t
#endif

#define BERT_DNNL_COMMON_FUNCTIONS(X) \
    X(1, dnnl_version, const dnnl_version_t *, (void)) \
    X(1, dnnl_engine_create, dnnl_status_t, (dnnl_engine_t *, dnnl_engine_kind_t, size_t)) \
    X(1, dnnl_engine_destroy, dnnl_status_t, (dnnl_engine_t)) \
    X(1, dnnl_stream_create, dnnl_status_t, (dnnl_stream_t *, dnnl_engine_t, unsigned)) \
    X(1, dnnl_stream_destroy, dnnl_status_t, (dnnl_stream_t)) \
    X(1, dnnl_stream_wait, dnnl_status_t, (dnnl_stream_t)) \
    X(1, dnnl_memory_create, dnnl_status_t, (dnnl_memory_t *, BERT_DNNL_DESCRIPTION, dnnl_engine_t, void *)) \
    X(1, dnnl_memory_destroy, dnnl_status_t, (dnnl_memory_t)) \
    X(1, dnnl_memory_set_data_handle, dnnl_status_t, (dnnl_memory_t, void *)) \
    X(1, dnnl_memory_desc_equal, int, (BERT_DNNL_DESCRIPTION, BERT_DNNL_DESCRIPTION)) \
    X(1, dnnl_memory_desc_get_size, size_t, (BERT_DNNL_DESCRIPTION)) \
    X(1, dnnl_primitive_attr_create, dnnl_status_t, (dnnl_primitive_attr_t *)) \
    X(1, dnnl_primitive_attr_destroy, dnnl_status_t, (dnnl_primitive_attr_t)) \
    X(1, dnnl_primitive_attr_set_scratchpad_mode, dnnl_status_t, (dnnl_primitive_attr_t, dnnl_scratchpad_mode_t)) \
    X(0, dnnl_primitive_attr_set_fpmath_mode, dnnl_status_t, (dnnl_primitive_attr_t, dnnl_fpmath_mode_t)) \
    X(1, dnnl_primitive_attr_set_post_ops, dnnl_status_t, (dnnl_primitive_attr_t, const_dnnl_post_ops_t)) \
    X(1, dnnl_post_ops_create, dnnl_status_t, (dnnl_post_ops_t *)) \
    X(1, dnnl_post_ops_destroy, dnnl_status_t, (dnnl_post_ops_t)) \
    X(1, dnnl_primitive_desc_destroy, dnnl_status_t, (dnnl_primitive_desc_t)) \
    X(1, dnnl_primitive_desc_query, dnnl_status_t, (const_dnnl_primitive_desc_t, dnnl_query_t, int, void *)) \
    X(1, dnnl_primitive_desc_query_md, BERT_DNNL_DESCRIPTION, (const_dnnl_primitive_desc_t, dnnl_query_t, int)) \
    X(1, dnnl_primitive_create, dnnl_status_t, (dnnl_primitive_t *, const_dnnl_primitive_desc_t)) \
    X(1, dnnl_primitive_destroy, dnnl_status_t, (dnnl_primitive_t)) \
    X(1, dnnl_primitive_execute, dnnl_status_t, \
        (const_dnnl_primitive_t, dnnl_stream_t, int, const dnnl_exec_arg_t *)) \
    X(1, dnnl_reorder_primitive_desc_create, dnnl_status_t, \
        (dnnl_primitive_desc_t *, BERT_DNNL_DESCRIPTION, dnnl_engine_t, BERT_DNNL_DESCRIPTION, dnnl_engine_t, \
            const_dnnl_primitive_attr_t)) \
    X(1, dnnl_set_primitive_cache_capacity, dnnl_status_t, (int)) \
    X(1, dnnl_get_effective_cpu_isa, dnnl_cpu_isa_t, (void)) \
    X(0, dnnl_cpu_isa2str, const char *, (dnnl_cpu_isa_t))

#if BERT_DNNL_MAJOR == 2
#define BERT_DNNL_FUNCTIONS(X) \
    BERT_DNNL_COMMON_FUNCTIONS(X) \
    X(1, dnnl_memory_desc_init_by_strides, dnnl_status_t, \
        (dnnl_memory_desc_t *, int, const dnnl_dims_t, dnnl_data_type_t, const dnnl_dims_t)) \
    X(1, dnnl_memory_desc_init_by_tag, dnnl_status_t, \
        (dnnl_memory_desc_t *, int, const dnnl_dims_t, dnnl_data_type_t, dnnl_format_tag_t)) \
    X(1, dnnl_memory_desc_init_submemory, dnnl_status_t, \
        (dnnl_memory_desc_t *, const dnnl_memory_desc_t *, const dnnl_dims_t, const dnnl_dims_t)) \
    X(1, dnnl_post_ops_append_eltwise, dnnl_status_t, (dnnl_post_ops_t, float, dnnl_alg_kind_t, float, float)) \
    X(1, dnnl_matmul_desc_init, dnnl_status_t, \
        (dnnl_matmul_desc_t *, const dnnl_memory_desc_t *, const dnnl_memory_desc_t *, const dnnl_memory_desc_t *, \
            const dnnl_memory_desc_t *)) \
    X(1, dnnl_primitive_desc_create, dnnl_status_t, \
        (dnnl_primitive_desc_t *, const_dnnl_op_desc_t, const_dnnl_primitive_attr_t, dnnl_engine_t, \
            const_dnnl_primitive_desc_t))
#else
#define BERT_DNNL_FUNCTIONS(X) \
    BERT_DNNL_COMMON_FUNCTIONS(X) \
    X(1, dnnl_memory_desc_create_with_strides, dnnl_status_t, \
        (dnnl_memory_desc_t *, int, const dnnl_dims_t, dnnl_data_type_t, const dnnl_dims_t)) \
    X(1, dnnl_memory_desc_create_with_tag, dnnl_status_t, \
        (dnnl_memory_desc_t *, int, const dnnl_dims_t, dnnl_data_type_t, dnnl_format_tag_t)) \
    X(1, dnnl_memory_desc_create_submemory, dnnl_status_t, \
        (dnnl_memory_desc_t *, const_dnnl_memory_desc_t, const dnnl_dims_t, const dnnl_dims_t)) \
    X(1, dnnl_memory_desc_destroy, dnnl_status_t, (dnnl_memory_desc_t)) \
    X(1, dnnl_post_ops_append_eltwise, dnnl_status_t, (dnnl_post_ops_t, dnnl_alg_kind_t, float, float)) \
    X(1, dnnl_matmul_primitive_desc_create, dnnl_status_t, \
        (dnnl_primitive_desc_t *, dnnl_engine_t, const_dnnl_memory_desc_t, const_dnnl_memory_desc_t, \
            const_dnnl_memory_desc_t, const_dnnl_memory_desc_t, const_dnnl_primitive_attr_t))
#endif

/// Functions of the OpenMP runtime that the library is linked with.
#define BERT_DNNL_OPENMP_FUNCTIONS(X) \
    X(0, omp_get_max_threads, int, (void)) \
    X(0, omp_set_num_threads, void, (int))

/// The memory allocated for a `dnnl_memory_desc_t` and a `dnnl_matmul_desc_t` in version 2. Both are smaller.
#define BERT_DNNL_DESCRIPTION_SIZE 1024
#define BERT_DNNL_OPERATION_SIZE 8192
