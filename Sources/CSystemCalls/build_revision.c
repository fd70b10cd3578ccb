#include "build_revision.h"

#ifndef MCPTAPE_REVISION
#define MCPTAPE_REVISION ""
#endif

const char *csystem_build_revision(void) { return MCPTAPE_REVISION; }
