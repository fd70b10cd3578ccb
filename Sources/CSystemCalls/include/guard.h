#ifndef CSYSTEM_GUARD_H
#define CSYSTEM_GUARD_H

#include <stdint.h>

/// A process that outlives us just long enough to end what we started.
///
/// It blocks on a pipe whose only writing end is ours and closes everything else. When the pipe ends without
/// a word (we were killed, or we left processes behind) it sends SIGTERM, and SIGKILL half a second later.
struct csystem_guard {
    int32_t process;   ///< also the number of the process group that it leads; 0: there is none
    int words;       ///< our end of the pipe, close-on-exec; -1: closed
};

/// Forks the guard, which leads a process group of its own.
///
/// Only async-signal-safe functions run in it, so it is right in a program that has threads too.
/// Zero, or minus errno.
int csystem_guard_start(struct csystem_guard *guard);

/// The guard shall end `child` alone, not its own group: for a child that stays in the terminal's foreground
/// group, where we are too.
int csystem_guard_watch(struct csystem_guard *guard, int32_t child);

/// Ends the guard's duty. When its group holds nobody else it is dismissed and reaped and the answer is 1;
/// otherwise it goes on to end them, and the answer is 0: it ends by itself, and init reaps it.
///
/// Call it after the child was reaped. `group` is 0 when the guard watches a child alone.
int csystem_guard_end(struct csystem_guard *guard, int32_t group);

#endif
