#include "pages.h"

#include <stdlib.h>
#include <sys/mman.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#if defined(__linux__)
const int32_t csystem_advice_populate_write = 23;      // MADV_POPULATE_WRITE, Linux 5.14
const int32_t csystem_advice_exclude_from_dumps = 16;  // MADV_DONTDUMP, Linux 3.4
#else
const int32_t csystem_advice_populate_write = -1;
const int32_t csystem_advice_exclude_from_dumps = -1;
#endif

void csystem_release_free_memory(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
