#include "cscan.h"
#include "cscan_search.h"
