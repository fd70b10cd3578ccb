#include "cscan.h"
#include "cscan_fingerprint.h"
#include "cscan_grams.h"
#include "cscan_search.h"
