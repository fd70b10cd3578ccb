#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"

#if defined(__linux__)
#define SIGNAL_COUNT 65
#else
#define SIGNAL_COUNT 32
#endif

static sigset_t given_mask;
static int has_given_mask;
static int ends[2] = {-1, -1};
static struct sigaction given[SIGNAL_COUNT];
static char is_installed[SIGNAL_COUNT];

/// What a server would have received in our place: everything that can be caught and is not about ourselves.
static int is_passed_on(int number) {
    switch (number) {
    case SIGKILL: case SIGSTOP: case SIGCHLD: case SIGPIPE:
    case SIGSEGV: case SIGBUS: case SIGFPE: case SIGILL: case SIGTRAP: case SIGABRT: case SIGSYS:
    case SIGTTIN: case SIGTTOU: case SIGXCPU: case SIGXFSZ: case SIGURG:
        return 0;
    default:
#if defined(__linux__)
        // 32 and 33 are the C library's own.
        if (number > 31 && number < SIGRTMIN) return 0;
#endif
        return 1;
    }
}

static void on_signal(int number, siginfo_t *facts, void *context) {
    (void)context;
    int error = errno;
    struct csystem_signal signal = {.number = number, .from_kernel = 0};
#if defined(SI_KERNEL)
    signal.from_kernel = facts->si_code == SI_KERNEL;
#else
    signal.from_kernel = facts->si_pid == 0;
#endif
    // Full after thousands of signals that nobody took: then one more tells nothing new.
    if (write(ends[1], &signal, sizeof signal) < 0) {}
    errno = error;
}

static void on_pipe(int number) { (void)number; }

static void fill_passed_on(sigset_t *set) {
    sigemptyset(set);
    for (int number = 1; number < SIGNAL_COUNT; number++) {
        if (is_passed_on(number)) sigaddset(set, number);
    }
    sigaddset(set, SIGCHLD);
}

void csystem_signals_hold(void) {
    sigset_t set, before;
    fill_passed_on(&set);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    if (!has_given_mask) {
        given_mask = before;
        has_given_mask = 1;
    }
    // Given ignored, children would leave no exit status.
    struct sigaction child;
    if (sigaction(SIGCHLD, NULL, &child) == 0 && child.sa_handler == SIG_IGN) signal(SIGCHLD, SIG_DFL);
}

void csystem_signals_keep_given_mask(void) {
    csystem_signals_given_mask();
    has_given_mask = 1;
}

const void *csystem_signals_given_mask(void) {
    // Nothing is on hold: it is the mask of whoever asks.
    if (!has_given_mask) pthread_sigmask(SIG_BLOCK, NULL, &given_mask);
    return &given_mask;
}

static void install(int number) {
    struct sigaction action;
    if (sigaction(number, NULL, &given[number]) != 0 || given[number].sa_handler == SIG_IGN) return;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    if (number == SIGCHLD) action.sa_flags |= SA_NOCLDSTOP;
    sigfillset(&action.sa_mask);
    if (sigaction(number, &action, NULL) == 0) is_installed[number] = 1;
}

int csystem_signals_open(void) {
    if (ends[0] >= 0) return -EBUSY;
    int status = csystem_pipe(ends);
    if (status == 0) status = csystem_never_wait(ends[0]);
    if (status == 0) status = csystem_never_wait(ends[1]);
    if (status != 0) return status;
    for (int number = 1; number < SIGNAL_COUNT; number++) {
        if (is_passed_on(number)) install(number);
    }
    install(SIGCHLD);
    csystem_signals_ignore_pipe();
    csystem_signals_given_mask();
    sigset_t mask = given_mask;
    sigdelset(&mask, SIGCHLD);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    return ends[0];
}

int csystem_signals_next(struct csystem_signal *signal) {
    if (ends[0] < 0) return 0;
    return read(ends[0], signal, sizeof *signal) == (ssize_t)sizeof *signal;
}

void csystem_signals_close(void) {
    for (int number = 1; number < SIGNAL_COUNT; number++) {
        if (is_installed[number]) sigaction(number, &given[number], NULL);
        is_installed[number] = 0;
    }
    if (has_given_mask) pthread_sigmask(SIG_SETMASK, &given_mask, NULL);
    for (int end = 0; end < 2; end++) {
        if (ends[end] >= 0) close(ends[end]);
        ends[end] = -1;
    }
}

int csystem_signals_pipe_is_ignored(void) {
    struct sigaction action;
    return sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void csystem_signals_ignore_pipe(void) {
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) != 0 || action.sa_handler != SIG_DFL) return;
    csystem_signals_handle_pipe();
}

void csystem_signals_handle_pipe(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_pipe;
    action.sa_flags = SA_RESTART;
    sigaction(SIGPIPE, &action, NULL);
}

void csystem_signals_stop_self(void) { raise(SIGSTOP); }
