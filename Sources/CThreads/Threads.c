// A target has to have a source.
#include "CBertThreads.h"
