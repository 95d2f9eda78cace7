/// Version 2 of oneDNN's C API.
#define CDNNL_MAJOR 2
#include "Implementation.h"
