#ifndef CSYSTEM_WORKER_H
#define CSYSTEM_WORKER_H

#include <stddef.h>
#include <stdint.h>

/// A running thread: the bits of a `pthread_t`.
typedef uint64_t csystem_thread;

/// Starts a thread that blocks every signal and runs `body(context)`. Zero, or minus the error.
///
/// `name` is cut at 15 bytes. Source: pthread_create(3), pthread_setname_np(3).
int csystem_thread_start(
    csystem_thread *thread, size_t stack, const char *name, void (*body)(void *), void *context);

/// Waits until the thread has ended.
void csystem_thread_join(csystem_thread thread);

/// Lets the thread's memory go when it ends; it can no longer be joined.
void csystem_thread_detach(csystem_thread thread);

#endif
