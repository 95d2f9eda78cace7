/// The operations for version 3 of oneDNN's C API.
#define BERT_DNNL_MAJOR 3
#include "Implementation.h"
