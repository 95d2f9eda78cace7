/// Compares the hand-written declarations with oneDNN's header where it is installed.
#if defined(__has_include)
#if __has_include(<oneapi/dnnl/dnnl.h>) && __has_include(<oneapi/dnnl/dnnl_debug.h>)

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_debug.h>

#define BERT_DNNL_MAJOR DNNL_VERSION_MAJOR
// Headers before 2.5 don't declare all functions that are looked up at run time.
#if (BERT_DNNL_MAJOR == 2 && DNNL_VERSION_MINOR >= 5) || BERT_DNNL_MAJOR == 3
#include "Interface.h"

#define CHECK_CONSTANT(name, value) _Static_assert(name == value, #name " has another value");
BERT_DNNL_CONSTANTS(CHECK_CONSTANT)
BERT_DNNL_ARGUMENTS(CHECK_CONSTANT)

#define CHECK_FUNCTION(required, name, result, parameters) \
    _Static_assert( \
        __builtin_types_compatible_p(__typeof__(&name), result(*) parameters), #name " has another signature");
BERT_DNNL_FUNCTIONS(CHECK_FUNCTION)

_Static_assert(sizeof(dnnl_status_t) == 4 && sizeof(dnnl_query_t) == 4, "enumerations are not 32 bits");
_Static_assert(sizeof(dnnl_dims_t) == 96, "descriptions have another rank");
_Static_assert(sizeof(dnnl_exec_arg_t) == 2 * sizeof(void *), "arguments have another layout");
_Static_assert(offsetof(dnnl_version_t, cpu_runtime) == 16 + sizeof(char *), "the version has another layout");
#if BERT_DNNL_MAJOR == 2
_Static_assert(sizeof(dnnl_memory_desc_t) <= BERT_DNNL_DESCRIPTION_SIZE, "a description is larger");
_Static_assert(sizeof(dnnl_matmul_desc_t) <= BERT_DNNL_OPERATION_SIZE, "an operation is larger");
#endif

#endif
#endif
#endif

/// An empty translation unit isn't valid C.
typedef int bert_dnnl_checked;
