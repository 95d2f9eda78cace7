/// Version 3 of oneDNN's C API.
#define CDNNL_MAJOR 3
#include "Implementation.h"
