#include "cscan.h"
#include "cscan_search.h"
#include "cscan_fingerprint.h"
