// The kernels for the baseline of 64-bit processors: SSE2 or NEON.

#define LANES 4
#include "Vector/Attention.h"
#include "Vector/AttentionGradient.h"
#include "Vector/Convert.h"
#include "Vector/Products.h"
#include "Vector/Rows.h"
#include "Vector/Scan.h"

const bert_kernel_table bert_kernels_vector128 = {.name = "vector128", BERT_KERNELS(BERT_ENTRY)};
