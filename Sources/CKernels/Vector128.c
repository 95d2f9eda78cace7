// The kernels for the least that a 64-bit processor has: SSE2 or NEON.

#define LANES 4
#include "Vector/Attention.h"
#include "Vector/AttentionGradient.h"
#include "Vector/Convert.h"
#include "Vector/Products.h"
#include "Vector/Rows.h"

const bert_kernel_table bert_kernels_vector128 = {.name = "vector128", BERT_KERNELS(BERT_ENTRY)};
