#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct start {
    void (*body)(void *);
    void *context;
    char name[16];
};

static void *run(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
#if defined(__linux__)
    pthread_setname_np(pthread_self(), start.name);
#else
    pthread_setname_np(start.name);
#endif
    start.body(start.context);
    return 0;
}

int csystem_thread_start(
    csystem_thread *thread, size_t stack, const char *name, void (*body)(void *), void *context) {
    struct start *start = calloc(1, sizeof *start);
    if (!start) return -ENOMEM;
    start->body = body;
    start->context = context;
    strncpy(start->name, name, sizeof start->name - 1);

    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error) {
        free(start);
        return -error;
    }
    if (stack) pthread_attr_setstacksize(&attributes, stack);
    // A new thread inherits the mask: blocked before it exists, no signal ever runs on it.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t id;
    error = pthread_create(&id, &attributes, run, start);
    pthread_sigmask(SIG_SETMASK, &before, 0);
    pthread_attr_destroy(&attributes);
    if (error) {
        free(start);
        return -error;
    }
    *thread = (csystem_thread)(uintptr_t)id;
    return 0;
}

void csystem_thread_join(csystem_thread thread) { pthread_join((pthread_t)(uintptr_t)thread, 0); }

void csystem_thread_detach(csystem_thread thread) { pthread_detach((pthread_t)(uintptr_t)thread); }
