/// The operations for version 2 of oneDNN's C API.
#define BERT_DNNL_MAJOR 2
#include "Implementation.h"
