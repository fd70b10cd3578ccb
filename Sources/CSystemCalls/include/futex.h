#ifndef CSYSTEM_FUTEX_H
#define CSYSTEM_FUTEX_H

#include <stdint.h>

/// Sleeps while `*word` is `expected`, at most `nanoseconds` (negative: no limit); may return early.
///
/// For threads of one process. Where there is no futex it looks again every two milliseconds at most.
/// Source: futex(2), FUTEX_WAIT_PRIVATE.
void csystem_futex_wait(const uint32_t *word, uint32_t expected, int64_t nanoseconds);

/// Wakes the threads that sleep on `word`.
void csystem_futex_wake(const uint32_t *word);

/// Sleeps for `nanoseconds`; returns early on a signal.
void csystem_nap(int64_t nanoseconds);

/// Lowers the calling thread's claim to a processor by `steps` of nice(2); nothing where threads have none.
///
/// Zero, or minus errno. Source: setpriority(2), "C library/kernel differences": a thread's own value.
int csystem_yield_priority(int steps);

#endif
