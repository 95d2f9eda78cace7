#include "CDemoModel.h"
