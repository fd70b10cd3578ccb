#ifndef CSYSTEM_PAGES_H
#define CSYSTEM_PAGES_H

#include <stdint.h>

// madvise(2) advice by number, for `SystemCalls.advise`; -1 where the system has none. The C library of a
// Debian 11 machine does not name the newer ones, its kernel may know them all the same.
extern const int32_t csystem_advice_populate_write;
extern const int32_t csystem_advice_exclude_from_dumps;

/// Gives the pages of freed memory back to the system, where the C library keeps them for later.
void csystem_release_free_memory(void);

#endif
